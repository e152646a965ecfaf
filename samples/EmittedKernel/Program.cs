using EmittedKernel;
using Pure.Tuner.Kernels;

// Proves the kernel by the operator table, as for any kernel, and prints its code.
Console.WriteLine(NormCode.Emit(256, CallConvention.Here).ListingText());
foreach (MatrixUnit unit in MatrixUnits.Here.All) Console.WriteLine($"{unit.Name}: {unit.Obstacle ?? "usable"}");
if (!EmittedNorm.IsSupported)
{
    Console.WriteLine("this processor has no AVX2 and FMA: nothing is run");
    return 0;
}

using var cpu = new CpuBackend { Poison = true };
using var reference = new ReferenceBackend();
using var kernel = new EmittedNorm(cpu.Find<IRmsNormKernel>()!);
using (cpu.Use<IRmsNormKernel>(kernel))
{
    OpCheck.FusedAgainstComposed(OpCases.Get("rms_norm"), cpu, reference);      // throws at the first number that is wrong

    // Those rows are odd on purpose; these are the code's own.
    foreach (int width in new[] { 16, 64, 576, 896 })
    {
        using var scope = TensorScope.Begin();
        float[] actual = Norm(cpu, width), expected = Norm(reference, width);
        float worst = actual.Zip(expected, (a, b) => MathF.Abs(a - b) / (1 + MathF.Abs(b))).Max();
        if (!(worst < 1e-5f)) throw new InvalidOperationException($"width {width}: off by {worst}");
    }
}
Console.WriteLine($"right, and {kernel.Rows} rows were computed by the code");
return kernel.Rows > 0 ? 0 : 1;

// The result and both gradients.
static float[] Norm(Backend backend, int width)
{
    using var weight = new Parameter("weight", Tensor.From<float>(backend, [.. Enumerable.Range(0, width).Select(i => 1 + MathF.Cos(i))], [width])) { RequiresGrad = true };
    using var x = new Parameter("x", Tensor.From<float>(backend, [.. Enumerable.Range(0, 5 * width).Select(i => MathF.Sin(i))], [5, width])) { RequiresGrad = true };
    using var tape = Tape.Begin();
    Tensor y = x.Value.RmsNorm(weight, 1e-6f);
    tape.Backward((y * y).Sum());
    return [.. y.ToArray<float>(), .. x.Grad!.ToArray<float>(), .. weight.Grad!.ToArray<float>()];
}
