using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>The checks can fail: each kind of wrong kernel is found.</summary>
[Trait("Category", "Unit")]
public sealed class PlantedKernelTests : IDisposable
{
    private readonly Backend _backend = Devices.Open("reference"), _oracle = Devices.Open("reference");
    private static OpCase Op => OpCases.Get("rms_norm");

    public void Dispose()
    {
        _backend.Dispose();
        _oracle.Dispose();
    }

    [Fact]
    public void A_right_kernel_passes_both()
    {
        var kernel = new PlainRmsNorm();
        using (_backend.Use<IRmsNormKernel>(kernel))
        {
            OpCheck.FusedAgainstComposed(Op, _backend, _oracle);
            GradCheck.Projected(Op, _backend, _oracle);
        }
        Assert.True(kernel.Calls > 20);
        Assert.Null(_backend.Find<IRmsNormKernel>());
    }

    [Fact]
    public void A_wrong_forward_is_found()
    {
        using IDisposable _ = _backend.Use<IRmsNormKernel>(new PlainRmsNorm { WrongEpsilon = 0.01f });
        var e = Assert.Throws<OpCheckException>(() => OpCheck.FusedAgainstComposed(Op, _backend, _oracle));
        Assert.Contains("rms_norm [3, 37] eps 1E-05 on reference: y[", e.Message);
        Assert.Throws<OpCheckException>(() => GradCheck.Projected(Op, _backend, _oracle));
    }

    [Fact]
    public void A_wrong_gradient_is_found_by_both()
    {
        using IDisposable _ = _backend.Use<IRmsNormKernel>(new PlainRmsNorm { ForgetsMean = true });
        Assert.Contains(": dx[", Assert.Throws<OpCheckException>(() => OpCheck.FusedAgainstComposed(Op, _backend, _oracle)).Message);
        Assert.Contains(": dx along a random direction is", Assert.Throws<OpCheckException>(() => GradCheck.Projected(Op, _backend, _oracle)).Message);
    }

    [Fact]
    public void A_gradient_that_overwrites_instead_of_adding_is_found() =>
        Assert.Contains("dweight added[", Fault(new PlainRmsNorm { OverwritesWeightGrad = true }));

    [Fact]
    public void An_unwritten_element_is_found() => Assert.Contains("is NaN where", Fault(new PlainRmsNorm { LeavesLastUnwritten = true }));

    [Fact]
    public void A_write_behind_the_end_is_found() => Assert.Contains("was overrun", Fault(new PlainRmsNorm { WritesBehindTheEnd = true }));

    [Fact]
    public void A_leak_is_found() => Assert.Contains("blocks are still held", Fault(new PlainRmsNorm { Leaks = true }));

    [Fact]
    public void A_kernel_that_throws_is_reported_and_leaves_nothing()
    {
        Assert.Contains("rms_norm: planted", Fault(new PlainRmsNorm { Throws = true }));
        Assert.Equal(0, _backend.LiveBlocks);
    }

    private string Fault(PlainRmsNorm kernel)
    {
        using IDisposable _ = _backend.Use<IRmsNormKernel>(kernel);
        return Assert.Throws<OpCheckException>(() => OpCheck.FusedAgainstComposed(Op, _backend, _oracle)).Message;
    }
}
