using System.Runtime.Intrinsics;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class BackendsTests
{
    [Fact]
    public void Every_name_opens()
    {
        foreach (string name in Backends.All.Keys)
            using (Backend backend = Backends.Open(name, 1)) Assert.Equal(name, backend.Name);
    }

    [Fact]
    public void The_number_of_threads_is_what_was_asked_for()
    {
        using var three = (CpuBackend)Backends.Open("cpu", 3);
        using var all = (CpuBackend)Backends.Open("cpu");
        Assert.Equal((3, Environment.ProcessorCount), (three.Threads, all.Threads));
        Assert.Throws<ArgumentException>(() => Backends.Open("cpu", 0));
    }

    [Fact]
    public void An_unknown_name_is_refused_with_the_known_ones()
    {
        Assert.Equal("backend: no device 'gpu' (known: cpu, null, reference, npu, npu:1)", Assert.Throws<ArgumentException>(() => Backends.Open("gpu")).Message);
        Assert.Equal("backend: opencl:1 is not built yet (known: cpu, null, reference, npu, npu:1)", Assert.Throws<NotSupportedException>(() => Backends.Open("opencl:1")).Message);
        Assert.Equal("backend: 'npu:one': a card's number is expected behind the colon, as in npu:1", Assert.Throws<ArgumentException>(() => Backends.Open("npu:one")).Message);
    }

    [Fact]
    public void Null_reads_zeros_and_has_every_kernel()
    {
        using var backend = new NullBackend();
        using Tensor x = Tensor.From<float>(backend, [1, 2], [2]);
        Assert.Equal([0f, 0f], x.ToArray<float>());
        foreach (Type kernel in typeof(IAttentionKernel).Assembly.GetTypes().Where(t => t.IsInterface && t.Namespace == "Pure.Tuner.Kernels" && t.Name.EndsWith("Kernel", StringComparison.Ordinal)))
            Assert.True(kernel.IsInstanceOfType(backend), $"null has no {kernel.Name}");
    }

    /// <summary>In the reduced runs under DOTNET_Enable... the vectors must be what the variable means, or the run proves nothing.</summary>
    [Fact, Trait("InstructionSet", "true")]
    public void The_vectors_are_what_the_environment_means()
    {
        static bool Off(string name) => Environment.GetEnvironmentVariable("DOTNET_" + name) == "0";
        if (Off("EnableHWIntrinsic")) Assert.Equal((false, false, false), (Vector512.IsHardwareAccelerated, Vector256.IsHardwareAccelerated, Vector128.IsHardwareAccelerated));
        else if (Off("EnableAVX2")) Assert.Equal((false, false, true), (Vector512.IsHardwareAccelerated, Vector256.IsHardwareAccelerated, Vector128.IsHardwareAccelerated));
        else if (Off("EnableAVX512")) Assert.False(Vector512.IsHardwareAccelerated);
        int bits = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 32;
        Assert.Equal(bits, Vectors.Bits);
    }
}
