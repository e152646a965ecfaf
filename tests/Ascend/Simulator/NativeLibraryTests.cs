using System.Runtime.InteropServices;
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
        string? toolkit = Environment.GetEnvironmentVariable("ASCEND_SIM_TOOLKIT");
        Skip.If(string.IsNullOrEmpty(toolkit), "ASCEND_SIM_TOOLKIT names no toolkit: dotnet publish tests/Ascend.Simulator/native makes one");
        string[] files = [.. Directory.GetFiles(Path.Combine(toolkit!, "lib64"), "lib*.so").Order(StringComparer.Ordinal)];
        Assert.Contains(files, f => Path.GetFileName(f) == "libascendcl.so");
        var symbols = new Library([.. files.Select(NativeLibrary.Load)]);
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
