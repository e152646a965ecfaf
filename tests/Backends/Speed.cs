using System.Diagnostics;
using Pure.Tuner.Kernels;
using Xunit.Abstractions;
namespace Pure.Tuner.Tests;
public class Speed(ITestOutputHelper o)
{
    [Fact]
    public void MatMul()
    {
        double peak = MachinePeak.MeasureCoreGflops();
        o.WriteLine($"peak {peak:F1} copy {MachinePeak.MeasureCopy(1):F1} read {MachinePeak.MeasureRead(1):F1} {Blocking.Default}");
        using var cpu = new CpuBackend(1);
        foreach ((int m, int n, int k, string layout) in ((int, int, int, string)[])[(1024,1024,1024,"nn"),(1024,1024,1024,"nt"),(1024,1024,1024,"tn"),(512,1536,576,"nt"),(512,576,1536,"nn"),(1536,576,512,"tn"),
            (512,8,576,"nt"),(512,16,576,"nt"),(512,576,8,"nn"),(8,576,512,"tn"),(576,8,512,"tn"),(512,8,576,"nn"),(64,64,64,"nn"),(128,128,64,"nt"),(1,1536,576,"nt"),(1,4096,4096,"nt"),(1,4096,4096,"nn"),(4,4096,4096,"nt"),(8,4096,1024,"nt"),(9,4096,1024,"nt"),(16,4096,1024,"nt"),(32,4096,1024,"nt")])
        foreach (DType dt in (DType[])[DType.F32, DType.BF16])
        {
            if (dt == DType.BF16 && layout != "nt") continue;
            using Tensor a = TestTensors.Make(cpu, [m,k], DType.F32, layout[0]=='t'?TestTensors.Layout.Transposed:TestTensors.Layout.Contiguous, 1);
            using Tensor b = TestTensors.Make(cpu, [k,n], dt, layout[1]=='t'?TestTensors.Layout.Transposed:TestTensors.Layout.Contiguous, 2);
            using Tensor y = Tensor.Zeros(cpu,[m,n]);
            double best=1e9; var t=Stopwatch.StartNew(); int c=0;
            while (t.ElapsedMilliseconds<400 || c<5){ long s=Stopwatch.GetTimestamp(); cpu.MatMul(a,b,y); best=Math.Min(best,Stopwatch.GetElapsedTime(s).TotalSeconds); c++; }
            double g=2.0*m*n*k/best*1e-9;
            o.WriteLine($"{m} {n} {k} {layout} {dt}: {best*1e6:F0} us {g:F1} GF {g/peak:P0}  B {(double)n*k*dt.Size/best*1e-9:F1} GB/s");
        }
    }
}
