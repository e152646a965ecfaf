using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>Panels of a weight that stays as it is, kept beside it: the bits of those packed anew, never stale, counted and given back.</summary>
[Trait("Category", "Unit")]
public sealed class WeightPanelsTests
{
    [SkippableTheory, InlineData("f32", 93, 70), InlineData("f32", 96, 64), InlineData("bf16", 530, 33), InlineData("f16", 65, 130), InlineData("f32", 33, 2)]
    public void Kept_panels_give_the_bits_of_packing(string stored, int outs, int ins)
    {
        foreach (PanelKind kind in PanelKind.All)
        {
            if (kind != PanelKind.Narrow && outs * ins > 10000) continue;    // on the interpreter
            using CpuBackend cpu = Open(kind);
            using (Parameter w = Weight(cpu, stored, outs, ins, 1))
                foreach (int rows in new[] { 1, 7, 9, 40 })
                {
                    w.Value.Storage.Written();
                    float[][] packed = Products(w, rows);
                    w.Prepare(cpu, backward: true);
                    Assert.NotNull(w.Value.Storage.Prepared);
                    float[][] kept = Products(w, rows);
                    Assert.Equal(packed[0], kept[0]);
                    Assert.Equal(packed[1], kept[1]);
                }
            Assert.Equal((0, 0), (cpu.LiveBlocks, (int)cpu.ForgottenBlocks));
        }
    }

    /// <summary>Whole rows of the weight that begin and end with panels, as the loss takes its head: the same bits; other parts are packed for themselves.</summary>
    [SkippableFact]
    public void Parts_of_a_weight_are_found()
    {
        using CpuBackend cpu = Open(PanelKind.Narrow);
        using Parameter w = Weight(cpu, "f32", 170, 40, 2);
        foreach ((int first, int count, bool forward, bool backward) in new[] { (0, 170, true, true), (32, 64, true, true), (160, 10, true, true), (16, 50, true, false), (64, 33, true, false), (5, 32, false, false) })
        {
            using var scope = TensorScope.Begin();
            Tensor part = w.Value.View([count, 40], [40, 1], first * 40L);
            Tensor x = Tensor.From<float>(cpu, PanelProductTests.Numbers(20 * 40, 3), [20, 40]), dy = Tensor.From<float>(cpu, PanelProductTests.Numbers(20 * count, 4), [20, count]);
            w.Value.Storage.Written();
            float[] y = Product(x, part.Transposed()), dx = Product(dy, part);
            w.Prepare(cpu, backward: true);
            var panels = (WeightPanels)w.Value.Storage.Prepared!;
            Assert.Equal((forward, backward), (panels.Find(part.Transposed(), cpu.Panels!).Exist, panels.Find(part, cpu.Panels!).Exist));
            Assert.Equal(y, Product(x, part.Transposed()));
            Assert.Equal(dx, Product(dy, part));
        }
    }

    /// <summary>Every primitive that writes, an optimizer's mark, another tensor in its place: the next product sees the new elements.</summary>
    [SkippableFact]
    public void What_is_written_is_packed_anew()
    {
        const int Size = 40;
        using CpuBackend cpu = Open(PanelKind.Narrow);
        using var outer = TensorScope.Begin();
        Tensor other = Tensor.From<float>(cpu, PanelProductTests.Numbers(Size * Size, 9), [Size, Size]), ids = Tensor.From<int>(cpu, [.. Enumerable.Range(0, Size)], [Size]), yes = Tensor.Full(cpu, [Size, Size], 1, DType.Bool);
        Tensor cube = Tensor.From<float>(cpu, PanelProductTests.Numbers(Size * Size * 3, 8), [Size, Size, 3]);
        (string, Action<Parameter>)[] writers =
        [
            ("upload", w => cpu.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes(PanelProductTests.Numbers(Size * Size, 5).AsSpan()), w.Value)),
            ("fill", w => cpu.Fill(w.Value, 0.5)),
            ("copy", w => cpu.Copy(other, w.Value)),
            ("part", w => cpu.Copy(other.View([1, Size], [Size, 1], 0), w.Value.View([1, Size], [Size, 1], 7 * Size))),
            ("matmul", w => cpu.MatMul(other, other, w.Value)),
            ("unary", w => cpu.Unary(UnaryKind.Neg, other, w.Value)),
            ("binary", w => cpu.Binary(BinaryKind.Add, other, other, w.Value)),
            ("number", w => cpu.Binary(BinaryKind.Mul, other, 2, w.Value)),
            ("select", w => cpu.Select(yes, other, other, w.Value)),
            ("reduce", w => cpu.Reduce(ReduceKind.Sum, cube, w.Value)),
            ("gather", w => cpu.Gather(other, ids, w.Value)),
            ("scatter", w => cpu.ScatterAdd(other, ids, w.Value)),
            ("replace", w => w.Replace(Tensor.From<float>(cpu, PanelProductTests.Numbers(Size * Size, 6), [Size, Size]))),
        ];
        foreach ((string name, Action<Parameter> write) in writers)
        {
            using Parameter w = Weight(cpu, "f32", Size, Size, 1);
            w.Prepare(cpu, backward: true);
            float[] before = Products(w, 20)[0];
            write(w);
            Assert.True(w.Value.Storage.Prepared is null, name);
            float[] after = Products(w, 20)[0];
            Assert.NotEqual(before, after);
            using var fresh = new Parameter("fresh", Tensor.From<float>(cpu, w.Value.ToArray<float>(), [Size, Size]));
            Assert.Equal(Products(fresh, 20)[0], after);
        }
        using Parameter trained = Weight(cpu, "f32", Size, Size, 1);
        trained.Prepare(cpu);
        trained.RequiresGrad = true;
        Assert.Null(trained.Value.Storage.Prepared);
        trained.Prepare(cpu);
        Assert.Null(trained.Value.Storage.Prepared);
    }

    /// <summary>Two bytes a number and direction, whole steps and panels; none in F32; back with the weight, and counted in a rehearsal as in the run.</summary>
    [SkippableFact]
    public void Bytes_are_counted_and_come_back()
    {
        using CpuBackend cpu = Open(PanelKind.Narrow);
        using CpuBackend measured = CpuBackend.Measuring();
        measured.Panels = cpu.Panels;
        measured.ProductType = DType.BF16;
        foreach (CpuBackend backend in new[] { cpu, measured })
        {
            using (Parameter w = Weight(backend, "f32", 64, 96, 1))
            {
                long weight = backend.LiveBytes;
                w.Prepare(backend);
                Assert.Equal(2L * 64 * 96, backend.LiveBytes - weight);
                w.Prepare(backend, backward: true);
                w.Prepare(backend);
                Assert.Equal(4L * 64 * 96, backend.LiveBytes - weight);
                Products(w, 20);
            }
            Assert.Equal(0, backend.LiveBytes);
            backend.ProductType = DType.F32;
            using Parameter plain = Weight(backend, "f32", 64, 96, 1);
            plain.Prepare(backend, backward: true);
            Assert.Null(plain.Value.Storage.Prepared);
        }
        measured.Panels = null;                                              // the other's
    }

    /// <summary>Room for panels that products share is planned as it is taken: with kept panels there is none for b.</summary>
    [SkippableTheory, InlineData(false), InlineData(true)]
    public void Scratch_of_products_is_planned(bool prepares)
    {
        const int Rows = 70, Out = 200, In = 300;
        using CpuBackend cpu = Open(PanelKind.Narrow);
        using CpuBackend measured = CpuBackend.Measuring();
        measured.Panels = cpu.Panels;
        measured.ProductType = DType.BF16;
        using Parameter w = Weight(measured, "f32", Out, In, 1);
        if (prepares) w.Prepare(measured, backward: true);
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Empty(measured, [Rows, In]), y = Tensor.Empty(measured, [Rows, Out]);
        long before = measured.ResidentBytes;
        w.MatMul(x, transposed: false, y, 1, accumulate: false);
        int steps = PanelUnit.StepsOf(In) * PanelUnit.StepK, panels = PanelProduct.Ceiling(Rows, 4) * 4 + (prepares ? 0 : PanelProduct.Ceiling(Out, 16) * 16);
        Assert.Equal(2L * steps * panels, measured.ResidentBytes - before);
        measured.Panels = null;
    }

    /// <summary>The loss's frozen head: the bits of a head that is not prepared, in pieces and at once.</summary>
    [SkippableTheory, InlineData("f32"), InlineData("bf16")]
    public void The_head_of_the_loss_is_taken_from_panels(string stored)
    {
        const int Vocab = 4200, Hidden = 24, Rows = 30;
        float[][] Run(bool prepares)
        {
            using CpuBackend cpu = Open(PanelKind.Narrow);
            using var x = new Parameter("x", Tensor.From<float>(cpu, PanelProductTests.Numbers(Rows * Hidden, 1), [Rows, Hidden])) { RequiresGrad = true };
            using Parameter head = Weight(cpu, stored, Vocab, Hidden, 2);
            if (prepares) head.Prepare(cpu, backward: true);
            using var scope = TensorScope.Begin();
            using var tape = Tape.Begin();
            Tensor nll = LinearCrossEntropyOp.Apply(x.Value, head, Tensor.From<int>(cpu, [.. Enumerable.Range(0, Rows).Select(i => i * 137 % Vocab)], [Rows]));
            tape.Backward(nll.Sum());
            return [nll.ToArray<float>(), x.Grad!.ToArray<float>()];
        }
        Assert.Equal(Run(false), Run(true));
    }

    private static CpuBackend Open(PanelKind kind)
    {
        PanelProductTests.Skip_without_avx2();
        var cpu = new CpuBackend(2) { Panels = kind == PanelKind.Narrow ? EmittedPanels.Load(kind) : new InterpretedPanels(kind, CallConvention.SystemV), Poison = true };
        cpu.ProductType = DType.BF16;
        return cpu;
    }

    private static Parameter Weight(CpuBackend cpu, string stored, int outs, int ins, int seed)
    {
        using var scope = TensorScope.Begin();
        Tensor wide = Tensor.From<float>(cpu, PanelProductTests.Numbers(outs * ins, seed), [outs, ins]), w = Tensor.Empty(cpu, wide.Shape, stored == "f32" ? DType.F32 : stored == "bf16" ? DType.BF16 : DType.F16);
        cpu.Copy(wide, w);
        return new Parameter("w", w);
    }

    private static float[][] Products(Parameter w, int rows)
    {
        using var scope = TensorScope.Begin();
        Backend cpu = w.Backend;
        (int outs, int ins) = (w.Shape[0], w.Shape[1]);
        Tensor x = Tensor.From<float>(cpu, PanelProductTests.Numbers(rows * ins, 3), [rows, ins]), dy = Tensor.From<float>(cpu, PanelProductTests.Numbers(rows * outs, 4), [rows, outs]);
        Tensor y = Tensor.Empty(cpu, [rows, outs]), dx = Tensor.Empty(cpu, [rows, ins]);
        w.MatMul(x, transposed: false, y, 1, accumulate: false);
        w.MatMul(dy, transposed: true, dx, 0.3f, accumulate: false);
        return [y.ToArray<float>(), dx.ToArray<float>()];
    }

    private static float[] Product(Tensor a, Tensor b)
    {
        Tensor y = Tensor.Empty(a.Backend, [a.Shape[0], b.Shape[1]]);
        a.Backend.MatMul(a, b, y);
        return y.ToArray<float>();
    }
}
