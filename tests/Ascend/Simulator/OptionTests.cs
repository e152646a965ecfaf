using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Each variable of the simulator, by what it changes for a caller, and that its README names it.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public sealed unsafe class OptionTests : IDisposable
{
    private readonly HashSet<string> _set = [];

    public void Dispose()
    {
        foreach (string name in _set) Environment.SetEnvironmentVariable(name, null);
        Simulator.Reset();
    }

    [Theory, InlineData("Ascend310P3", 0), InlineData("Ascend910_9391", 1)]
    public void Soc_is_the_card(string soc, int bf16)
    {
        using Board board = With("ASCEND_SIM_SOC", soc);
        Assert.Equal(soc, Marshal.PtrToStringUTF8((nint)board.Acl.aclrtGetSocName()));
        int has;
        board.Ok(board.Acl.aclGetCannAttribute(1, &has));
        Assert.Equal(bf16, has);
    }

    [Theory, InlineData("8.1", "8.1.RC1", false), InlineData("9.0", "9.0.0", true)]
    public void Cann_is_the_generation(string cann, string version, bool later)
    {
        using Board board = With("ASCEND_SIM_CANN", cann);
        byte* told = stackalloc byte[512];
        board.Ok(board.Acl.aclsysGetCANNVersion(0, (nint)told));
        Assert.Equal(version, Marshal.PtrToStringUTF8((nint)told));
        Assert.Equal(later, Simulator.Symbols().ContainsKey("aclnnForeachNonFiniteCheckAndUnscale"));
    }

    [Theory, InlineData("ASCEND_SIM_DEVICES", "3", 3u), InlineData("ASCEND_RT_VISIBLE_DEVICES", "0", 1u)]
    public void Devices_are_counted(string name, string value, uint count)
    {
        Set("ASCEND_SIM_DEVICES", "2");
        using Board board = With(name, value);
        uint seen;
        board.Ok(board.Acl.aclrtGetDeviceCount(&seen));
        Assert.Equal(count, seen);
    }

    [Fact, Breaks("5.malloc-limit")]
    public void Memory_is_the_room_of_a_device()
    {
        using Board board = With("ASCEND_SIM_MEMORY", "8388608");
        nuint free, total;
        nint address;
        board.Ok(board.Acl.aclrtGetMemInfo(1, &free, &total));
        Assert.Equal((8u << 20, 8u << 20), ((uint)free, (uint)total));
        board.Breaks("5.malloc-limit", board.Acl.aclrtMalloc(&address, 9 << 20, 0));
    }

    [Fact]
    public void Latency_is_what_each_launch_costs()
    {
        using Board board = With("ASCEND_SIM_LATENCY_US", "5000");
        nint x = board.Upload(new float[8]);
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < 20; i++) board.Ok(board.Add(x, x, x));
        Assert.True(watch.ElapsedMilliseconds < 90, $"{watch.ElapsedMilliseconds} ms to queue");       // nothing waits yet
        board.Ok(board.Acl.aclrtSynchronizeStream(0));
        Assert.True(watch.ElapsedMilliseconds >= 95, $"{watch.ElapsedMilliseconds} ms to run");
    }

    [Theory, InlineData("launch:2", 507015), InlineData("launch:2=507014", 507014), InlineData("copy:4", 507053)]
    public void Fault_is_what_fails(string fault, int code)
    {
        using Board board = With("ASCEND_SIM_FAULT", fault);
        nint x = board.Upload(new float[8]), host = board.MallocHost(32);
        int status = 0;
        for (int i = 0; i < 3 && status == 0; i++)
        {
            status = board.Add(x, x, x);
            if (status == 0) status = board.Acl.aclrtMemcpyAsync(host, 32, x, 32, Board.ToHost, 0);
        }
        if (status == 0) status = board.Acl.aclrtSynchronizeStream(0);
        Assert.Equal(code, status);
        Assert.Contains("(injected)", board.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public void Fault_can_last_and_can_be_a_missing_function()
    {
        Set("ASCEND_SIM_FAULT", "alloc:2+,host:1,missing:aclnnErf");
        using var board = new Board(fromEnvironment: true);
        nint made;
        board.Malloc(64);
        for (int i = 0; i < 3; i++) Assert.Equal(207001, board.Acl.aclrtMalloc(&made, 64, 0));
        Assert.Equal(207001, board.Acl.aclrtMallocHost(&made, 64));
        board.MallocHost(64);
        Assert.True(board.Acl.aclnnErf == null && board.Acl.aclnnExp != null);
    }

    /// <summary>Without it nothing runs until somebody waits.</summary>
    [Theory, InlineData("", false), InlineData("1", true)]
    public void Eager_is_to_work_before_anybody_waits(string value, bool runs)
    {
        using Board board = With("ASCEND_SIM_EAGER", value);
        nint x = board.Upload<float>(1, 2, 3, 4, 5, 6, 7, 8), host = board.MallocHost(32);
        board.Ok(board.Add(x, x, x));
        board.Ok(board.Acl.aclrtMemcpyAsync(host, 32, x, 32, Board.ToHost, 0));
        var watch = Stopwatch.StartNew();
        while (float.IsNaN(Volatile.Read(ref *(float*)host)) && watch.ElapsedMilliseconds < (runs ? 20_000 : 200)) Thread.Sleep(1);
        Assert.Equal(runs ? 2 : float.NaN, Volatile.Read(ref *(float*)host));
    }

    [Theory, InlineData("", false), InlineData("1", true)]
    public void Report_is_printed_at_the_end(string value, bool prints)
    {
        Breaches.Clear();
        using Board board = With("ASCEND_SIM_REPORT", value);
        board.Malloc(64);
        TextWriter before = Console.Error;
        using var text = new StringWriter();
        try
        {
            Console.SetError(text);
            board.Ok(board.Acl.aclFinalize());
        }
        finally
        {
            Console.SetError(before);
        }
        if (prints) Assert.Matches("^simulated Ascend910B2: not given back: 1 devices set, 1 device blocks, 64 bytes in them\r?\nsimulated Ascend910B2: 0 launches;.*\r?\nsimulated Ascend910B2: broken: 5.resource-leak", text.ToString());
        else Assert.Equal("", text.ToString());
    }

    [Theory, InlineData("SOC", "Ascend910"), InlineData("CANN", "8.2"), InlineData("MEMORY", "much"), InlineData("DEVICES", "-1"), InlineData("LATENCY_US", "fast"), InlineData("FAULT", "fire:1")]
    public void A_value_that_means_nothing_is_refused_by_name(string name, string value)
    {
        Set("ASCEND_SIM_" + name, value);
        var e = Assert.ThrowsAny<Exception>(() => new Board(fromEnvironment: true));
        Assert.Contains($"ASCEND_SIM_{name}: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(value, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_readme_names_what_is_read_and_each_has_a_test()
    {
        string folder = Path.Combine(Repository.Root, "tests", "Ascend.Simulator");
        string[] read = [.. Regex.Matches(File.ReadAllText(Path.Combine(folder, "Options.cs")), "(?:Value|Number)\\(\"([A-Z_]+)\"").Select(m => "ASCEND_SIM_" + m.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)];
        string[] named = [.. Regex.Matches(File.ReadAllText(Path.Combine(folder, "README.md")), "\\| `(ASCEND_SIM_[A-Z_]+)` \\|").Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal)];
        string[] tested = [.. Regex.Matches(File.ReadAllText(Path.Combine(Repository.Root, "tests", "Ascend", "Simulator", "OptionTests.cs")), "(?:With|Set|InlineData)\\(\"(ASCEND_SIM_[A-Z_]+)\"").Select(m => m.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(read, named);
        Assert.Equal(read, tested);
    }

    private Board With(string name, string value)
    {
        Set(name, value);
        return new Board(fromEnvironment: true);
    }

    private void Set(string name, string value)
    {
        _set.Add(name);
        Environment.SetEnvironmentVariable(name, value);
    }
}
