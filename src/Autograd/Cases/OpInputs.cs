using System.Runtime.InteropServices;

namespace Pure.Tuner;

/// <summary>A sample's inputs on a device: floats as parameters, so that their gradients land in <see cref="Parameter.Grad"/>.</summary>
public sealed class OpInputs : IDisposable
{
    private readonly Parameter[] _stored;
    private readonly double[][] _elements;

    internal OpInputs(OpSample sample, string key, Backend backend)
    {
        Sample = sample;
        Backend = backend;
        _stored = new Parameter[sample.Inputs.Count];
        _elements = new double[_stored.Length][];
        for (int i = 0; i < _stored.Length; i++)
        {
            OpInput input = sample.Inputs[i];
            _elements[i] = input.Generate(key);
            using (TensorScope.Suspend())
                _stored[i] = new Parameter(input.Name, Tensor.Empty(backend, input.StoredShape, input.DType)) { RequiresGrad = input.WantsGrad };
            Write(i, _elements[i]);
        }
        if (sample.Packed is { } packed) Packed = packed.Make(backend, [sample.PackedRows, packed.Columns], Kernels.CounterRandom.Key(4, 0, 0, key));
    }

    /// <summary>The sample they belong to.</summary>
    public OpSample Sample { get; }

    /// <summary>The device.</summary>
    public Backend Backend { get; }

    /// <summary>Input i as the operator sees it.</summary>
    public Tensor this[int i] => Sample.Inputs[i].View(_stored[i]);

    /// <summary>Input i as the parameter it is.</summary>
    public Parameter Weight(int i) => _stored[i];

    /// <summary>The packed weight, where the sample has one.</summary>
    internal QuantizedTensor? Packed { get; }

    internal IReadOnlyList<Parameter> Stored => _stored;

    /// <summary>Row-major elements of input i as generated.</summary>
    internal ReadOnlySpan<double> Elements(int i) => _elements[i];

    /// <summary>Puts other elements into input i.</summary>
    internal void Write(int i, ReadOnlySpan<double> elements) =>
        HostElements.Write(Sample.Inputs[i].Arrange(elements, margin: double.NaN), _stored[i].Value);

    /// <summary>Lets only one input, or with -1 all that want one, have a gradient.</summary>
    internal void WantOnly(int only)
    {
        for (int i = 0; i < _stored.Length; i++)
            _stored[i].RequiresGrad = Sample.Inputs[i].WantsGrad && (only < 0 || only == i);
    }

    /// <summary>The gradient of input i as its parameter stores it; zeros when no part came.</summary>
    internal double[] Grad(int i) => _stored[i] is { Grad: { } grad, GradBegun: true } ? HostElements.Read(grad) : new double[_stored[i].Shape.Count];

    /// <summary>Makes the gradients zero and gives their blocks back.</summary>
    internal void ClearGrads()
    {
        foreach (Parameter parameter in _stored)
        {
            parameter.Grad?.Dispose();
            parameter.Grad = null;
            parameter.GradBegun = false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Parameter parameter in _stored) parameter?.Dispose();
        Packed?.Dispose();
    }
}

/// <summary>Elements of any dtype as numbers of the host.</summary>
internal static class HostElements
{
    public static void Write(ReadOnlySpan<double> elements, Tensor y)
    {
        switch (y.DType)
        {
            case DType.F32: Put(elements, y, v => (float)v); break;
            case DType.F16: Put(elements, y, v => (Half)v); break;
            case DType.BF16: Put(elements, y, v => (BFloat16)(float)v); break;
            case DType.I32: Put(elements, y, v => (int)v); break;
            case DType.I64: Put(elements, y, v => (long)v); break;
            case DType.U8: Put(elements, y, v => (byte)v); break;
            default: Put(elements, y, v => v != 0); break;
        }
    }

    public static double[] Read(Tensor x) => x.DType switch
    {
        DType.F32 => Array.ConvertAll(x.ToArray<float>(), v => (double)v),
        DType.F16 => Array.ConvertAll(x.ToArray<Half>(), v => (double)v),
        DType.BF16 => Array.ConvertAll(x.ToArray<BFloat16>(), v => (double)v),
        DType.I32 => Array.ConvertAll(x.ToArray<int>(), v => (double)v),
        DType.I64 => Array.ConvertAll(x.ToArray<long>(), v => (double)v),
        DType.U8 => Array.ConvertAll(x.ToArray<byte>(), v => (double)v),
        _ => Array.ConvertAll(x.ToArray<bool>(), v => v ? 1.0 : 0),
    };

    private static void Put<T>(ReadOnlySpan<double> elements, Tensor y, Func<double, T> convert) where T : unmanaged
    {
        var narrow = new T[elements.Length];
        for (int i = 0; i < narrow.Length; i++) narrow[i] = convert(elements[i]);
        y.Backend.Upload(MemoryMarshal.AsBytes<T>(narrow), y);
    }
}
