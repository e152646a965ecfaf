namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend : IAdamW8BitKernel
{
    /// <summary>The card has no search for the nearest of 256 numbers: the host makes the step, which is counted.</summary>
    void IAdamW8BitKernel.Step(in AdamWSpec spec, Tensor p, Tensor g, Tensor state1, Tensor absmax1, Tensor state2, Tensor absmax2)
    {
        if (p.Shape.Count == 0) return;
        CountHostWork("adamw in 8 bits", p);
        _host ??= new CpuBackend(1);
        using var scope = TensorScope.Begin();
        Tensor[] device = [p, state1, absmax1, state2, absmax2], host = [.. device.Select(Below)];
        ((IAdamW8BitKernel)_host).Step(spec, host[0], Below(g), host[1], host[2], host[3], host[4]);
        for (int i = 0; i < device.Length; i++) Upload(HostBytes(host[i]), device[i]);
    }
}
