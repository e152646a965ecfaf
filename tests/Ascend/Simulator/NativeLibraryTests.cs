using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Pure.Tuner.Ascend;
using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>The simulator as a shared library, opened by path as the real one is. ASCEND_SIM_TOOLKIT names the folder that was published.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public unsafe class NativeLibraryTests
{
    [SkippableFact]
    public void The_toolkit_folder_has_every_function_and_adds_vectors()
    {
        Library symbols = Open();
        Assert.True(File.Exists(Path.Combine(Environment.GetEnvironmentVariable("ASCEND_SIM_TOOLKIT")!, "lib64", "libascendcl.so")));
        Assert.All(Exports.Table, f => Assert.NotEqual(0, symbols.Find("", f.Name)));

        Acl acl = Acl.Load(symbols);
        Assert.Equal(0, acl.aclInit(null));
        Assert.Equal(107002, acl.aclrtSynchronizeDevice());
        Assert.Contains("[5.thread-device]", Marshal.PtrToStringUTF8((nint)acl.aclGetRecentErrMsg())!, StringComparison.Ordinal);
        Assert.Equal(0, acl.aclrtSetDevice(0));
        float[] x = [1, 2, 3, 4, 5, 6, 7, 8];
        nint address, executor, alpha;
        long count = 8;
        ulong workspace;
        float one = 1;
        Assert.Equal(0, acl.aclrtMalloc(&address, 32, 0));
        fixed (float* host = x) Assert.Equal(0, acl.aclrtMemcpy(address, 32, (nint)host, 32, 1));
        alpha = acl.aclCreateScalar((nint)(&one), 0);
        nint tensor = acl.aclCreateTensor(&count, 1, 0, null, 0, 2, &count, 1, address);
        Assert.Equal(0, acl.aclnnAddGetWorkspaceSize(tensor, tensor, alpha, tensor, &workspace, &executor));
        Assert.Equal(0, acl.aclnnAdd(0, workspace, executor, 0));
        Assert.Equal(0, acl.aclrtSynchronizeStream(0));
        fixed (float* host = x) Assert.Equal(0, acl.aclrtMemcpy((nint)host, 32, address, 32, 2));
        Assert.Equal([2, 4, 6, 8, 10, 12, 14, 16], x);
        Assert.Equal(0, acl.aclDestroyTensor(tensor));
        Assert.Equal(0, acl.aclDestroyScalar(alpha));
        Assert.Equal(0, acl.aclrtFree(address));
        Assert.Equal(0, acl.aclrtResetDevice(0));
        Assert.Equal(0, acl.aclFinalize());
    }

    /// <summary>What each does wrong is told in the same words by the library in this process and by the one that was opened from its file; or it is poison in both.</summary>
    [SkippableTheory, MemberData(nameof(Misuses))]
    public void The_library_from_a_file_finds_what_the_one_in_process_finds(string rule)
    {
        Acl file = Acl.Load(Open());
        string here, there;
        using (var board = new Board()) here = s_misuses[rule](board);
        using (var board = new Board(file, isFile: true)) there = s_misuses[rule](board);
        Assert.Contains(rule == "poison" ? "NaN" : $"[{rule}]", here, StringComparison.Ordinal);
        Assert.Equal(WithoutNumbers(here), WithoutNumbers(there));
    }

    public static TheoryData<string> Misuses => [.. s_misuses.Keys];

    private static readonly Dictionary<string, Func<Board, string>> s_misuses = new(StringComparer.Ordinal)
    {
        ["5.init-once"] = b => Refused(b, b.Acl.aclInit(null)),
        ["5.device-id"] = b => Refused(b, b.Acl.aclrtSetDevice(7)),
        ["5.malloc-size"] = b => { nint made; return Refused(b, b.Acl.aclrtMalloc(&made, 0, 0)); },
        ["5.free-block"] = b => Refused(b, b.Acl.aclrtFree(b.Malloc(64) + 64)),
        ["5.copy-bound"] = b => { float x; return Refused(b, b.Acl.aclrtMemcpy(b.Malloc(64), 64, (nint)(&x), 65, Board.ToDevice)); },
        ["5.copy-side"] = b => { float x; return Refused(b, b.Acl.aclrtMemcpy(b.Malloc(64), 64, (nint)(&x), 4, Board.ToHost)); },
        ["5.stream-null"] = b => Refused(b, b.Acl.aclrtDestroyStream(0)),
        ["5.event-flags"] = b => { nint made; return Refused(b, b.Acl.aclrtCreateEventWithFlag(&made, 4)); },
        ["5.thread-device"] = b =>
        {
            string text = "";
            Board.OnThread(() => text = Refused(b, b.Acl.aclrtSynchronizeDevice()));
            return text;
        },
        ["5.data-align"] = b => { nint x = b.Tensor(b.Malloc(64) + 16, [8]); return Refused(b, b.PlanAdd(x, x, x, out _, out _)); },
        ["6.tensor-rank"] = b => { Assert.Equal(0, b.TryTensor(b.Malloc(64), [1, 1, 1, 1, 1, 1, 1, 1, 1])); return b.Message(); },
        ["6.plan-null"] = b => { nint x = b.Tensor(b.Malloc(64), [8]); return Refused(b, b.PlanAdd(x, 0, x, out _, out _)); },
        ["6.one-shot"] = b =>
        {
            nint x = b.Tensor(b.Upload(new float[8]), [8]);
            b.Ok(b.PlanAdd(x, x, x, out _, out nint executor));
            b.Ok(b.Acl.aclnnAdd(0, 0, executor, 0));
            return Refused(b, b.Acl.aclnnAdd(0, 0, executor, 0));
        },
        ["6.workspace-size"] = b =>
        {
            nint x = b.Tensor(b.Upload(new float[64]), [8, 8], strides: [1, 8]), y = b.Tensor(b.Malloc(256), [8, 8]);
            b.Ok(b.PlanAdd(x, x, y, out _, out nint executor));
            return Refused(b, b.Acl.aclnnAdd(b.Malloc(4096), 32, executor, 0));
        },
        ["6.tensors-live"] = b =>
        {
            nint x = b.Tensor(b.Upload(new float[8]), [8]);
            b.Ok(b.PlanAdd(x, x, x, out _, out nint executor));
            b.Ok(b.Acl.aclDestroyTensor(x));
            return Refused(b, b.Acl.aclnnAdd(0, 0, executor, 0));
        },
        ["6.buffers-device"] = b => { b.QueueFault(); return Refused(b, b.Acl.aclrtSynchronizeStream(0)); },
        ["5.free-at-once"] = b =>
        {
            nint x = b.Upload(new float[8]);
            b.Ok(b.Add(x, x, b.Malloc(32)));
            b.Ok(b.Acl.aclrtFree(x));
            return Refused(b, b.Acl.aclrtSynchronizeStream(0));
        },
        ["5.host-in-use"] = b =>
        {
            nint host = b.MallocHost(64);
            b.Ok(b.Acl.aclrtMemcpyAsync(b.Malloc(64), 64, host, 64, Board.ToDevice, 0));
            b.Ok(b.Acl.aclrtFreeHost(host));
            return Refused(b, b.Acl.aclrtSynchronizeStream(0));
        },
        ["8.swiglu-even"] = b =>
        {
            ulong size;
            nint executor;
            return Refused(b, b.Acl.aclnnSwiGluGetWorkspaceSize(b.Tensor(b.Malloc(64), [1, 15]), -1, b.Tensor(b.Malloc(64), [1, 8]), &size, &executor));
        },
        ["8.cube-type"] = b =>
        {
            ulong size;
            nint executor, x = b.Tensor(b.Malloc(64), [4, 4]);
            return Refused(b, b.Acl.aclnnMatmulGetWorkspaceSize(x, x, x, 7, &size, &executor));
        },
        ["poison"] = b =>       // two streams without an event, a buffer that changes too early, a copy before the wait
        {
            nint first = b.Stream(), second = b.Stream(), x = b.Upload<float>(1, 2, 3, 4, 5, 6, 7, 8), y = b.Upload(new float[8]), z = b.Malloc(32), w = b.Malloc(32), pinned = b.MallocHost(32);
            b.Ok(b.Add(x, x, y, first));
            b.Ok(b.Add(y, y, z, second));
            string early = b.Download<float>(y, 1)[0].ToString(CultureInfo.InvariantCulture);
            new Span<float>((void*)pinned, 8).Fill(1);
            b.Ok(b.Acl.aclrtMemcpyAsync(w, 32, pinned, 32, Board.ToDevice, second));
            *(float*)pinned = 2;
            b.Ok(b.Acl.aclrtSynchronizeDevice());
            return string.Join(" ", new[] { y, z, w }.Select(a => b.Download<float>(a, 1)[0].ToString(CultureInfo.InvariantCulture)).Prepend(early));
        },
    };

    private static string Refused(Board board, int status)
    {
        Assert.NotEqual(0, status);
        return $"{status}: {board.Message()}";
    }

    /// <summary>Addresses and handles differ.</summary>
    private static string WithoutNumbers(string text) => Regex.Replace(text, "0x[0-9a-f]+", "0x");

    private static Library Open()
    {
        string? toolkit = Environment.GetEnvironmentVariable("ASCEND_SIM_TOOLKIT");
        Skip.If(string.IsNullOrEmpty(toolkit), "ASCEND_SIM_TOOLKIT names no toolkit: dotnet publish tests/Ascend.Simulator/native makes one");
        return new Library([.. Directory.GetFiles(Path.Combine(toolkit!, "lib64"), "lib*.so").Order(StringComparer.Ordinal).Select(NativeLibrary.Load)]);
    }

    private sealed class Library(nint[] handles) : ISymbols
    {
        public nint Find(string library, string name)
        {
            foreach (nint handle in handles)
                if (NativeLibrary.TryGetExport(handle, name, out nint address)) return address;
            return 0;
        }
    }
}
