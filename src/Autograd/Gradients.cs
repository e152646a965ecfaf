using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Gradients of a list of parameters in flat buckets, in registry order.</summary>
public sealed class Gradients : IDisposable
{
    private const long BucketBytes = 32L << 20;
    private readonly List<Tensor> _buckets = [], _flat = [];
    private readonly Parameter[] _parameters;

    /// <summary>Makes buckets for the parameters that want a gradient.</summary>
    public Gradients(IEnumerable<Parameter> parameters)
    {
        _parameters = [.. parameters.Where(p => p.RequiresGrad)];
        using TensorScope scope = TensorScope.Begin();
        for (int first = 0; first < _parameters.Length;)
        {
            long elements = 0;
            int end = first;
            while (end < _parameters.Length && (end == first || (elements + _parameters[end].Shape.Count) * sizeof(float) <= BucketBytes))
                elements += _parameters[end++].Shape.Count;
            Tensor bucket = Tensor.Zeros(_parameters[first].Value.Backend, [checked((int)elements)]);
            _buckets.Add(bucket);
            long offset = 0;
            for (; first < end; first++)
            {
                Parameter p = _parameters[first];
                p.Grad?.Dispose();
                p.Grad = bucket.View(p.Shape, p.Shape.ContiguousStrides(), offset);
                p.GradBegun = false;
                _flat.Add(p.Grad.View([1, checked((int)p.Shape.Count)]));
                offset += p.Shape.Count;
            }
        }
        scope.Release();
    }

    /// <summary>The parameters that want a gradient, in registry order.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>The flat blocks, F32.</summary>
    public IReadOnlyList<Tensor> Buckets => _buckets;

    /// <summary>Makes every gradient zero; the first part written replaces instead of adding.</summary>
    public void Clear()
    {
        foreach (Parameter parameter in _parameters) parameter.GradBegun = false;
    }

    /// <summary>Writes the zeros that <see cref="Clear"/> promised where no part came.</summary>
    public void Complete()
    {
        foreach (Parameter parameter in _parameters)
        {
            if (parameter.GradBegun) continue;
            parameter.Value.Backend.Fill(parameter.Grad!, 0);
            parameter.GradBegun = true;
        }
    }

    /// <summary>The sum of squares of all gradients, each parameter's first, or each bucket's where the device takes these; then theirs in order. [1], on the device.</summary>
    public Tensor SquaredNorm()
    {
        Complete();
        Backend backend = _parameters[0].Value.Backend;
        using var scope = TensorScope.Begin();
        if (backend.Find<IGradientsKernel>() is { } kernel)
        {
            Tensor all = Tensor.Empty(backend, [1]);
            kernel.SquaredNorm(_buckets, all);
            return scope.Return(all);
        }
        Tensor sum = Tensor.Zeros(backend, [1]);
        foreach (Tensor flat in _flat) backend.Reduce(ReduceKind.SumSquares, flat, sum, accumulate: true);
        return scope.Return(sum);
    }

    /// <summary>Scales all gradients where the device does that in few calls; the result is the factor that is left for the optimizer.</summary>
    public float Scale(float factor)
    {
        if (_parameters.Length == 0 || _parameters[0].Value.Backend.Find<IGradientsKernel>() is not { } kernel) return factor;
        kernel.Scale(_buckets, factor);
        return 1;
    }

    /// <summary>Gives the buckets back; the parameters have no gradient any more.</summary>
    public void Dispose()
    {
        foreach (Parameter parameter in _parameters)
        {
            parameter.Grad?.Dispose();
            parameter.Grad = null;
            parameter.GradBegun = false;
        }
        foreach (Tensor flat in _flat) flat.Dispose();
        _flat.Clear();
        foreach (Tensor bucket in _buckets) bucket.Dispose();
        _buckets.Clear();
    }

    /// <summary>Where a part of a parameter's gradient goes.</summary>
    internal static Into Begin(Parameter parameter)
    {
        if (parameter.Grad is null)
            using (TensorScope.Suspend()) parameter.Grad = Tensor.Empty(parameter.Value.Backend, parameter.Shape);
        bool begun = parameter.GradBegun;
        parameter.GradBegun = true;
        return new Into(parameter.Grad, begun);
    }

    /// <summary>Adds x to a destination, or puts it there.</summary>
    internal static void AddTo(Into into, Tensor x)
    {
        if (into.IsEmpty) return;
        Backend backend = x.Backend;
        if (!into.Accumulate) backend.Copy(x, into.Target);
        else if (x.DType == into.Target.DType) backend.Binary(BinaryKind.Add, into.Target, x, into.Target);
        else
        {
            using Tensor wide = Tensor.EmptyLike(into.Target);
            backend.Copy(x, wide);
            backend.Binary(BinaryKind.Add, into.Target, wide, into.Target);
        }
    }

    /// <summary>x summed over the lengths that broadcasting added to <paramref name="shape"/>.</summary>
    internal static Tensor ReduceTo(Tensor x, Shape shape)
    {
        if (x.Shape == shape) return x;
        Tensor y = x;
        while (y.Shape.Rank > shape.Rank) y = SumOver(y, 0, keep: false);
        for (int d = 0; d < shape.Rank; d++)
            if (shape[d] == 1 && y.Shape[d] != 1) y = SumOver(y, d, keep: true);
        return y.Shape == shape ? y : throw new InvalidOperationException($"reduce: {x.Shape} was not broadcast from {shape}");
    }

    private static Tensor SumOver(Tensor x, int dimension, bool keep)
    {
        List<int> lengths = [.. x.Shape.Lengths], strides = [.. x.Strides];
        int length = lengths[dimension], stride = strides[dimension];
        lengths.RemoveAt(dimension);
        strides.RemoveAt(dimension);
        Tensor y = Tensor.Empty(x.Backend, new Shape([.. lengths]), x.DType);
        x.Backend.Reduce(ReduceKind.Sum, x.View(new Shape([.. lengths, length]), [.. strides, stride], x.Offset), y);
        if (!keep) return y;
        lengths.Insert(dimension, 1);
        return y.View(new Shape([.. lengths]));
    }
}
