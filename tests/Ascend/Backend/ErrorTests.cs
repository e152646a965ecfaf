using Pure.Tuner.Ascend;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>What a user reads when a call fails, and that nothing stays behind.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class ErrorTests
{
    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public void A_fault_shows_at_the_next_wait_and_names_what_was_queued(int mode)
    {
        using var npu = new Npu(new() { Fault = "launch:3" }, new(Queue: mode));
        AscendBackend b = npu;
        using Tensor x = Tensor.Full(b, [2, 3], 1), y = Tensor.EmptyLike(x);
        b.Unary(UnaryKind.Exp, x, y);
        b.Unary(UnaryKind.Log, y, y);
        b.Unary(UnaryKind.Neg, y, y);
        var e = Assert.Throws<AclException>(b.Synchronize);
        Assert.Equal(507015, e.Code);
        Assert.Contains("AI core exception (507015)", e.Message, StringComparison.Ordinal);
        Assert.Contains("Exp (x f32 [2, 3], y f32 [2, 3]); Log", e.Message, StringComparison.Ordinal);
        Assert.Contains("ASCEND_LAUNCH_BLOCKING=1", e.Message, StringComparison.Ordinal);
        Assert.Equal(507015, Assert.Throws<AclException>(() => b.Unary(UnaryKind.Exp, x, y)).Code);     // the card is of no use any more
    }

    /// <summary>What stands behind a copy that failed would compute with memory that nobody wrote: nothing goes on as if it had not.</summary>
    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public void A_failure_stays(int mode)
    {
        using var npu = new Npu(new() { Fault = "copy:2" }, new(Queue: mode));
        AscendBackend b = npu;
        using Tensor x = Tensor.Zeros(b, [3]), y = Tensor.EmptyLike(x);
        byte[] host = new byte[12];
        b.Upload(host, x);
        Assert.Throws<AclException>(() =>
        {
            b.Upload(host, x);
            b.Synchronize();
        });
        Assert.Throws<AclException>(b.Synchronize);
        Assert.Throws<AclException>(() => b.Unary(UnaryKind.Neg, x, y));
        Assert.Throws<AclException>(() => b.Download(x, host));
    }

    [Fact]
    public void Blocking_names_the_operator_that_failed()
    {
        using var npu = new Npu(new() { Fault = "launch:2" }, new(Blocking: true));
        AscendBackend b = npu;
        using Tensor x = Tensor.Full(b, [2, 3], 1), y = Tensor.EmptyLike(x);
        var e = Assert.Throws<AclException>(() => b.Unary(UnaryKind.Exp, x, y));
        Assert.StartsWith("Exp: AI core exception (507015) with x f32 [2, 3], y f32 [2, 3]", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_phase_one_refuses_is_told_with_its_arguments_and_the_library_s_words()
    {
        using var npu = new Npu(new() { Fault = "plan:2=161002" });
        AscendBackend b = npu;
        using Tensor x = Tensor.Full(b, [4], 1), y = Tensor.EmptyLike(x);
        var e = Assert.Throws<AclException>(() => b.Unary(UnaryKind.Exp, x, y));
        Assert.StartsWith("aclnnExp: invalid parameter (161002) with x f32 [4], y f32 [4]: ", e.Message, StringComparison.Ordinal);
        Assert.Contains("the library says: ", e.Message, StringComparison.Ordinal);
        b.Unary(UnaryKind.Exp, x, y);                // nothing ran, nothing is broken
        Assert.Equal(MathF.E, y.ToArray<float>()[0], 5);
    }

    [Fact]
    public void A_card_that_is_full_says_how_full_and_goes_on_afterwards()
    {
        using var npu = new Npu(new() { MemoryBytes = 64 << 20 });
        AscendBackend b = npu;
        using Tensor kept = Tensor.Full(b, [1 << 20], 1);
        var e = Assert.ThrowsAny<OutOfMemoryException>(() => Tensor.Empty(b, [32 << 20]));
        Assert.Contains("device memory exhausted", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, kept.ToArray<float>()[0]);
    }

    [Fact]
    public void An_operator_that_the_toolkit_lacks_is_named()
    {
        using var npu = new Npu(new() { Fault = "missing:aclnnErf" });
        AscendBackend b = npu;
        using Tensor x = Tensor.Full(b, [4], 1), y = Tensor.EmptyLike(x);
        Assert.Contains("the toolkit has no Erf", Assert.Throws<NotSupportedException>(() => b.Unary(UnaryKind.Erf, x, y)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_that_is_not_there_is_refused_with_those_that_are()
    {
        var e = Assert.Throws<NotSupportedException>(() => new Npu(new() { Devices = 2 }, new(Device: 5)));
        Assert.StartsWith("npu:5: this process sees 2 cards, npu:0 to npu:1", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_outside_the_table_are_named_before_the_card_meets_them()
    {
        using var npu = new Npu();
        AscendBackend b = npu;
        using Tensor table = Tensor.Zeros(b, [4, 2]), ids = Tensor.From<int>(b, [1, 4], [2]), y = Tensor.Zeros(b, [2, 2]);
        Assert.StartsWith("gather: id 4 at 1 is outside the table of 4 rows", Assert.Throws<ArgumentOutOfRangeException>(() => b.Gather(table, ids, y)).Message, StringComparison.Ordinal);
        Assert.StartsWith("scatter_add: id 4 at 1 is outside", Assert.Throws<ArgumentOutOfRangeException>(() => b.ScatterAdd(y, ids, table)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_code_has_a_cause_and_a_remedy()
    {
        foreach (int code in (int[])[100000, 107002, 161002, 207001, 361001, 507015, 507999, 561003, 561110, 424242])
        {
            AclCode known = AclCodes.Of(code);
            Assert.NotEmpty(known.Name);
            Assert.NotEmpty(known.Cause);
            Assert.NotEmpty(known.Remedy);
        }
    }
}
