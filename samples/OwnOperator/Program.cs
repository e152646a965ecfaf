// An operator and two kernels from outside, proved with the library's own checks.
using OwnOperator;
using Pure.Tuner.Kernels;

using IDisposable rows = OpCases.Add(new OwnKernels());
using Backend cpu = Backends.Open("cpu"), oracle = Backends.Open("reference");
((HostBackend)cpu).Poison = true;                                 // what a kernel leaves unwritten is NaN, what it writes behind the end is found

Prove("snake", "by its definition");
using (cpu.Use<ISnakeKernel>(new CpuSnake())) Prove("snake", "on a kernel of its own");
using (cpu.Use<IRmsNormKernel>(new OwnRmsNorm())) Prove("rms_norm", "on a kernel in the backend's place");
using (cpu.Use<IRmsNormKernel>(new WrongRmsNorm()))
{
    try
    {
        Prove("rms_norm", "on a wrong kernel");
        return 1;
    }
    catch (OpCheckException e)
    {
        Console.WriteLine($"rms_norm on a wrong kernel: caught, {e.Message.Split('\n')[1]}");
    }
}
return 0;

void Prove(string name, string how)
{
    OpCase op = OpCases.Get(name);
    OpCheck.FusedAgainstComposed(op, cpu, oracle);
    GradCheck.Projected(op, cpu, oracle);
    Console.WriteLine($"{name} {how}: {op.Samples.Count} samples agree with the definition, gradients with finite differences");
}
