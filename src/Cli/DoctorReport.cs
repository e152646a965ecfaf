using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pure.Tuner.Ascend;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Cli;

/// <summary>A device and whether it can be used.</summary>
internal sealed record DoctorDevice(string Name, bool Usable, string State);

/// <summary>A model size and a method.</summary>
internal sealed record DoctorFit(string Size, string Model, string Method, bool Fits, long Bytes, double TokensPerSecond);

/// <summary>What <c>doctor</c> found.</summary>
internal sealed record DoctorReport
{
    private static readonly string[] s_openClLibraries = ["libOpenCL.so.1", "OpenCL.dll", "/System/Library/Frameworks/OpenCL.framework/OpenCL"];

    public required string Processor { get; init; }
    public required int Cores { get; init; }
    public required int Threads { get; init; }
    public required int VectorBits { get; init; }
    public required string[] Extensions { get; init; }
    public required string MatrixUnits { get; init; }

    /// <summary>The same for products of integers.</summary>
    public required string IntegerUnits { get; init; }
    public required double Gflops { get; init; }
    public required double ReadGBPerSecond { get; init; }
    public required long MemoryBytes { get; init; }
    public required long AvailableBytes { get; init; }
    public required string Folder { get; init; }
    public required long? DiskFreeBytes { get; init; }
    public required string Runtime { get; init; }
    public required DoctorDevice[] Devices { get; init; }
    public required int Tokens { get; init; }
    public required DoctorFit[] Models { get; init; }

    /// <summary>Looks and measures: a few seconds.</summary>
    /// <param name="tokens">Tokens of a row.</param>
    /// <param name="threads">Threads of the processor; null for all.</param>
    internal static DoctorReport Make(int tokens, int? threads)
    {
        var machine = new MachineMemory();
        long limit = machine.LimitBytes, program = machine.ResidentBytes + MemoryPlan.Growth, available = machine.AvailableBytes;
        using var cpu = new CpuBackend(threads);
        // Some cores are enough to fill the memory's bus, and each takes room of its own for the measurement.
        double gflops = MatMulGflops(cpu), read = MachinePeak.MeasureRead(Math.Min(cpu.Threads, 8));
        return new DoctorReport
        {
            Processor = $"{RuntimeInformation.ProcessArchitecture}{(EnvCommand.ProcessorName() is { } name ? $", {name}" : "")}",
            Cores = Environment.ProcessorCount,
            Threads = cpu.Threads,
            VectorBits = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0,
            Extensions = [.. EnvCommand.Extensions()],
            MatrixUnits = cpu.MatrixUnitState,
            IntegerUnits = cpu.Int8State,
            Gflops = gflops,
            ReadGBPerSecond = read,
            MemoryBytes = limit,
            AvailableBytes = available,
            Folder = Environment.CurrentDirectory,
            DiskFreeBytes = DiskFree(Environment.CurrentDirectory),
            Runtime = $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}",
            Devices = [new DoctorDevice("cpu", true, $"ready: {cpu.Description}"), Device("opencl", s_openClLibraries), Ascend()],
            Tokens = tokens,
            Models = [.. from method in FitMethod.All
                         from shape in ModelShape.All
                         let fit = FitTable.Of(shape, method, tokens, program, gflops, read)
                         select new DoctorFit(shape.Size, shape.Name, method.Name, fit.Bytes <= limit, fit.Bytes, fit.TokensPerSecond)],
        };
    }

    private static DoctorDevice Ascend()
    {
        try
        {
            AscendToolkit toolkit = AscendToolkit.Find();
            return new("npu", true, $"toolkit {toolkit.Root} (by {toolkit.FoundBy}); doctor --device npu looks at the card");
        }
        catch (NotSupportedException e) { return new("npu", false, e.Message["npu: ".Length..]); }
    }

    /// <summary>The shape of a small model's widest layer, for about half a second: GFLOP/s, two a multiply-add; the best run.</summary>
    private static double MatMulGflops(CpuBackend cpu)
    {
        const int M = 512, K = 1024, N = 2816;
        using Tensor x = Tensor.Full(cpu, [M, K], 0.5), w = Tensor.Full(cpu, [N, K], 0.25), y = Tensor.Empty(cpu, [M, N]);
        using Tensor turned = w.View([K, N], [1, K], 0);
        cpu.MatMul(x, turned, y);
        double best = 0;
        for (var all = Stopwatch.StartNew(); all.ElapsedMilliseconds < 500;)
        {
            long start = Stopwatch.GetTimestamp();
            cpu.MatMul(x, turned, y);
            best = Math.Max(best, 2.0 * M * K * N / Stopwatch.GetElapsedTime(start).TotalSeconds * 1e-9);
        }
        return best;
    }

    private static DoctorDevice Device(string name, string[] libraries)
    {
        string? found = Array.Find(libraries, l =>
        {
            if (!NativeLibrary.TryLoad(l, out nint handle)) return false;
            NativeLibrary.Free(handle);
            return true;
        });
        bool built = Backends.All.ContainsKey(name);
        string driver = found is null ? $"no driver library ({Path.GetFileName(libraries[0])})" : $"driver library {found} found";
        return new DoctorDevice(name, built && found is not null, built ? driver : $"{driver}; this backend is not built yet");
    }

    private static long? DiskFree(string folder)
    {
        try { return new DriveInfo(folder).AvailableFreeSpace; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException) { return null; }
    }
}
