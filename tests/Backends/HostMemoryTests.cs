using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Rows of a tensor as a kernel from outside sees them.</summary>
[Trait("Category", "Unit")]
public class HostMemoryTests
{
    [Theory, InlineData("cpu"), InlineData("reference")]
    public void A_row_is_the_tensors_memory(string device)
    {
        using var backend = (HostBackend)Backends.Open(device, 2);
        using Tensor x = Tensor.Zeros(backend, [500, 3]);
        backend.ForRows(500, r => HostMemory.Row<float>(x, r).Fill(r), workPerRow: 1 << 20);
        Assert.Equal(Enumerable.Range(0, 1500).Select(i => (float)(i / 3)), x.ToArray<float>());
        Assert.True(HostMemory.Elements<float>(x).SequenceEqual(x.ToArray<float>()));
    }

    [Fact]
    public void Strided_rows_are_found_and_strided_elements_refused()
    {
        using Backend backend = Backends.Open("cpu", 1);
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From<float>(backend, [1, 2, 3, 4, 5, 6], [2, 3]);
        Assert.Equal([5, 6], HostMemory.Row<float>(x.Slice(1, 1, 2), 1).ToArray());
        Assert.Throws<ArgumentException>(() => HostMemory.Row<float>(x.Transpose(), 0).Length);
        Assert.Equal([1, 4], HostMemory.Row<float>(x.Transpose().WithUnitRows(), 0).ToArray());
        Assert.Throws<ArgumentException>(() => HostMemory.Elements<float>(x.Slice(1, 1, 2)).Length);
        Assert.Throws<ArgumentException>(() => HostMemory.Row<int>(x, 0).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => HostMemory.Row<float>(x, 2).Length);
    }
}
