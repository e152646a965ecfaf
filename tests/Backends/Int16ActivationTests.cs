using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>A row rounded to 16 bits: how far its products may be from those of F32, and what stays as it was.</summary>
[Trait("Category", "Unit")]
public class Int16ActivationTests
{
    private const int Out = 83;

    public static TheoryData<string, int> Cases => new() { { "Q4_0", 32 }, { "Q4_0", 576 }, { "Q4_1", 96 }, { "Q4_1", 576 }, { "Q8_0", 64 }, { "Q8_0", 576 } };

    /// <summary>A number of x is wrong by at most half a step of its block, which is a 32767th of the block's largest.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void Products_are_as_near_as_half_a_step_allows(string format, int columns)
    {
        using var cpu = new CpuBackend(2) { Int16Activations = true };
        using QuantizedTensor w = PackedSample.Find(format)!.Make(cpu, [Out, columns], 3);
        using Tensor full = Tensor.Empty(cpu, w.Shape), x = TestTensors.Make(cpu, [1, columns], DType.F32, TestTensors.Layout.Contiguous, 4), y = Tensor.Zeros(cpu, [1, Out]);
        w.Read(.., full);
        w.MatMul(x, false, y, 0.5f, true);
        float[] weights = full.ToArray<float>(), xs = x.ToArray<float>(), ys = y.ToArray<float>();
        cpu.Int16Activations = false;
        using Tensor plain = Tensor.Zeros(cpu, [1, Out]);
        w.MatMul(x, false, plain, 0.5f, true);
        Assert.Equal(PackedDecoder.For(w.Format).HasCodes16, !ys.AsSpan().SequenceEqual(plain.ToArray<float>()));     // without vectors nothing is rounded
        for (int row = 0; row < Out; row++)
        {
            double expected = 0, allowed = 0, size = 0;
            for (int p = 0; p < columns; p++)
            {
                float largest = 0;
                for (int i = p / 32 * 32; i < p / 32 * 32 + 32; i++) largest = Math.Max(largest, Math.Abs(xs[i]));
                double product = 0.5 * weights[row * columns + p] * xs[p];
                expected += product;
                size += Math.Abs(product);
                allowed += 0.5 * Math.Abs(weights[row * columns + p]) * largest / 32767 / 2;
            }
            Assert.InRange(Math.Abs(ys[row] - expected), 0, allowed + 3e-6 * size);
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void The_number_of_threads_changes_nothing(string format, int columns)
    {
        float[]? first = null;
        foreach (int threads in (int[])[1, 2, 3])
        {
            using var cpu = new CpuBackend(threads) { Int16Activations = true };
            using QuantizedTensor w = PackedSample.Find(format)!.Make(cpu, [5000, columns], 3);
            using Tensor x = TestTensors.Make(cpu, [1, columns], DType.F32, TestTensors.Layout.Contiguous, 4), y = Tensor.Zeros(cpu, [1, 5000]);
            w.MatMul(x, false, y, 1, false);
            first ??= y.ToArray<float>();
            Assert.Equal(first, y.ToArray<float>());
        }
    }

    /// <summary>Gradients, several rows, and formats without integer codes keep the numbers of F32.</summary>
    [Theory]
    [InlineData("Q4_1", 1, true)]
    [InlineData("Q4_1", 2, false)]
    [InlineData("Q8_0", 40, false)]
    [InlineData("Q5_1", 1, false)]
    public void All_else_is_as_before(string format, int rows, bool transposed)
    {
        using var cpu = new CpuBackend(1);
        using QuantizedTensor w = PackedSample.Find(format)!.Make(cpu, [Out, 96], 3);
        (int inner, int outer) = transposed ? (Out, 96) : (96, Out);
        using Tensor x = TestTensors.Make(cpu, [rows, inner], DType.F32, TestTensors.Layout.Contiguous, 4), y = Tensor.Zeros(cpu, [rows, outer]);
        w.MatMul(x, transposed, y, 1, false);
        float[] before = y.ToArray<float>();
        cpu.Int16Activations = true;
        w.MatMul(x, transposed, y, 1, false);
        Assert.Equal(before, y.ToArray<float>());
    }

    [Fact]
    public void A_row_of_zeros_gives_zeros_and_one_that_is_not_finite_says_so()
    {
        using var cpu = new CpuBackend(1) { Int16Activations = true };
        using QuantizedTensor w = PackedSample.Find("Q8_0")!.Make(cpu, [Out, 64], 3);
        using Tensor x = Tensor.Zeros(cpu, [1, 64]), y = Tensor.Zeros(cpu, [1, Out]);
        w.MatMul(x, false, y, 1, false);
        Assert.All(y.ToArray<float>(), v => Assert.Equal(0, v));
        foreach (float bad in (float[])[float.NaN, float.PositiveInfinity])
        {
            var row = new float[64];
            row[40] = bad;
            using Tensor broken = Tensor.From<float>(cpu, row, [1, 64]);
            w.MatMul(broken, false, y, 1, false);
            Assert.All(y.ToArray<float>(), v => Assert.False(float.IsFinite(v)));
        }
    }
}
