using System.Runtime.InteropServices;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend
{
    private CpuBackend? _host;

    /// <summary>Does a piece of work on the host because the card cannot: inputs come down, the result goes up, and it is counted.</summary>
    /// <exception cref="NotSupportedException">The device is strict.</exception>
    private void OnHost(string what, Tensor y, ReadOnlySpan<Tensor> inputs, Action<Backend, Tensor[], Tensor> work)
    {
        CountHostWork(what, y);
        _host ??= new CpuBackend(1);
        using var scope = TensorScope.Begin();
        var sources = new Tensor[inputs.Length];
        for (int i = 0; i < inputs.Length; i++) sources[i] = Below(inputs[i]);
        Tensor result = Tensor.Empty(_host, y.Shape, y.DType);
        work(_host, sources, result);
        Tensor packed = y.IsContiguous ? y : Tensor.Empty(this, y.Shape, y.DType);
        Upload(HostBytes(result), packed);
        if (!ReferenceEquals(packed, y)) Copy(packed, y);
    }

    /// <summary>Counts work of the host; a strict device refuses it.</summary>
    private void CountHostWork(string what, Tensor y)
    {
        if (StrictDevice)
            throw new NotSupportedException($"npu: {what} into {y}: {Card.SocName} has no kernel for it and the device is strict; leave --strict-device out to let the host do it, or take another dtype");
        HostFallbacks++;
    }

    /// <summary>A copy on the host.</summary>
    private Tensor Below(Tensor x)
    {
        Tensor copy = Tensor.Empty(_host!, x.Shape, x.DType);
        Download(x.Packed(), HostBytes(copy));
        return copy;
    }

    private static Span<byte> HostBytes(Tensor x) => new((void*)x.Address, checked((int)(x.Shape.Count * x.DType.Size)));
}
