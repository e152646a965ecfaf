using System.Reflection;
using System.Text.RegularExpressions;
using Pure.Tuner.Ascend.Simulator;
using Pure.Tuner.AscendAbi;

namespace Pure.Tuner.Tests;

/// <summary>The simulator's own promises: coverage of its rules, cards, injected faults, counts.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public unsafe class SimulatorTests
{
    /// <summary>A test that names a rule with <see cref="BreaksAttribute"/> fails unless the simulator reported it: so a rule that is named has been reported.</summary>
    [Fact]
    public void Every_rule_that_can_be_broken_is_broken_by_a_test_and_every_other_one_is_shown()
    {
        MethodInfo[] tests = [.. typeof(SimulatorTests).Assembly.GetTypes().SelectMany(t => t.GetMethods()).Where(m => m.GetCustomAttributes<FactAttribute>().Any())];
        string[] broken = [.. tests.SelectMany(m => m.GetCustomAttribute<BreaksAttribute>()?.Rules ?? []).Distinct().Order(StringComparer.Ordinal)];
        string[] shown = [.. tests.SelectMany(m => m.GetCustomAttribute<ShowsAttribute>()?.Rules ?? []).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(Simulator.Rules.Where(r => r.IsBreach).Select(r => r.Id).Order(StringComparer.Ordinal), broken);
        Assert.Equal(Simulator.Rules.Where(r => !r.IsBreach).Select(r => r.Id).Order(StringComparer.Ordinal), shown);
    }

    /// <summary>The simulator names no rule that is not in the table, and where the table says that it is checked there its id stands.</summary>
    [Fact]
    public void The_simulator_and_the_table_name_the_same_rules()
    {
        string folder = Path.Combine(Repository.Root, "tests", "Ascend.Simulator");
        string Text(string path) => File.ReadAllText(path);
        string operators = string.Concat(Directory.GetFiles(Path.Combine(folder, "Operators"), "*.cs").Select(Text)), all = string.Concat(Directory.GetFiles(folder, "*.cs").Select(Text)) + operators;
        var named = Regex.Matches(all, "\"([2-8]\\.[a-z][a-z0-9-]+)\"").Select(m => m.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(named.Except(Simulator.Rules.Select(r => r.Id)));
        Assert.Empty(Simulator.Rules.Where(r => r.IsBreach).Select(r => r.Id).Except(named));
        Assert.Empty(Simulator.Rules.Where(r => r.IsBreach && !(r.CheckedBy == "Operators/" ? operators : Text(Path.Combine(folder, r.CheckedBy + ".cs"))).Contains($"\"{r.Id}\"", StringComparison.Ordinal)).Select(r => r.Id));
    }

    [Fact]
    public void Every_rule_names_the_file_that_checks_it()
    {
        string folder = Path.Combine(Repository.Root, "tests", "Ascend.Simulator");
        Assert.All(Simulator.Rules, r => Assert.True(r.CheckedBy == "Operators/" || File.Exists(Path.Combine(folder, r.CheckedBy + ".cs")), $"{r.Id}: there is no {r.CheckedBy}.cs"));
        Assert.Equal(Simulator.Rules.Count, Simulator.Rules.DistinctBy(r => r.Id).Count());
        Assert.All(Simulator.Rules, r => Assert.StartsWith(r.Section + ".", r.Id, StringComparison.Ordinal));
    }

    [Fact]
    public void The_environment_says_what_is_imitated()
    {
        (string Name, string Value)[] set = [("SOC", "Ascend310P3"), ("CANN", "9.0"), ("DEVICES", "2"), ("MEMORY", "1e6"), ("LATENCY_US", "2.5"), ("FAULT", "alloc:1"), ("EAGER", "1"), ("REPORT", "1")];
        try
        {
            foreach ((string name, string value) in set) Environment.SetEnvironmentVariable("ASCEND_SIM_" + name, value);
            Assert.Equal(new() { Soc = "Ascend310P3", Cann = "9.0", Devices = 2, MemoryBytes = 1_000_000, LatencyUs = 2.5, Fault = "alloc:1", Eager = true, Report = true }, SimulatorOptions.FromEnvironment());
            Environment.SetEnvironmentVariable("ASCEND_SIM_MEMORY", "much");
            Assert.Contains("ASCEND_SIM_MEMORY: a number was expected, found much", Assert.Throws<AclException>(SimulatorOptions.FromEnvironment).Message, StringComparison.Ordinal);
        }
        finally
        {
            foreach ((string name, _) in set) Environment.SetEnvironmentVariable("ASCEND_SIM_" + name, null);
        }
        Assert.Equal(new(), SimulatorOptions.FromEnvironment());
    }

    [Fact]
    public void Generated_files_are_up_to_date() =>
        Assert.All(AbiFiles.Texts(Repository.Root), file => Assert.True(File.ReadAllText(Path.Combine(Repository.Root, file.Path)) == file.Text, $"{file.Path} is not what tools/AscendAbi writes: run it"));

    [Theory]
    [InlineData("Ascend910A", "RmsNorm", AclType.Float16, true), InlineData("Ascend910A", "RmsNorm", AclType.BFloat16, false), InlineData("Ascend910B", "SwiGlu", AclType.Float16, false)]
    [InlineData("Ascend910B4", "SwiGlu", AclType.BFloat16, true), InlineData("Ascend910_9391", "FlashAttentionScore", AclType.BFloat16, true), InlineData("Ascend310P3", "FlashAttentionScore", AclType.Float16, false)]
    [InlineData("Ascend310P3", "PromptFlashAttention", AclType.Float16, true), InlineData("Ascend310P3", "Add", AclType.BFloat16, false), InlineData("Ascend950PR", "ApplyAdamWV2", AclType.BFloat16, true)]
    internal void Cards_have_their_kernels(string soc, string kernel, AclType type, bool supported) => Assert.Equal(supported, Card.Of(soc, "8.1").Supports(kernel, type));

    [Theory, InlineData("Ascend910", "8.1"), InlineData("Ascend910B2", "8.2"), InlineData("H100", "9.0")]
    public void An_unknown_card_or_toolkit_is_refused(string soc, string cann) => Assert.Throws<AclException>(() => Card.Of(soc, cann));

    [Theory, InlineData("launch"), InlineData("launch:0"), InlineData("launch:x"), InlineData("fire:1"), InlineData("alloc:1=2=3")]
    public void A_fault_that_makes_no_sense_is_refused(string fault) => Assert.Throws<AclException>(() => new Faults(fault));

    [Fact]
    public void Faults_come_where_they_are_asked_for()
    {
        using var board = new Board(new() { Fault = "launch:2=507014,alloc:3,plan:4,copy:2,host:1" });
        nint made;
        Assert.Equal(207001, board.Acl.aclrtMallocHost(&made, 64));
        nint x = board.Upload(new float[8]);
        board.Malloc(64);
        Assert.Equal(207001, board.Acl.aclrtMalloc(&made, 64, 0));
        float value;
        Assert.Equal(507053, board.Acl.aclrtMemcpy((nint)(&value), 4, x, 4, Board.ToHost));
        for (int i = 0; i < 3; i++) board.Ok(board.Add(x, x, x));
        Assert.Equal(507014, board.Acl.aclrtSynchronizeStream(0));
        nint tensor = board.Tensor(x, [8]);
        Assert.Equal(561000, board.PlanAdd(tensor, tensor, tensor, out _, out _));
    }

    [Fact]
    public void What_was_done_and_what_is_held_is_counted()
    {
        var board = new Board();
        nint x = board.Upload(new float[8]), pinned = board.MallocHost(32), stream = board.Stream();
        board.Event();
        board.Ok(board.Add(x, x, x, stream));
        board.Ok(board.Acl.aclrtMemcpyAsync(pinned, 32, x, 32, Board.ToHost, stream));
        board.Ok(board.Acl.aclrtSynchronizeStream(stream));
        Assert.Equal((1, 32, 32), (Simulator.Counters.Launches["Add"], Simulator.Counters.BytesToDevice, Simulator.Counters.BytesToHost));
        board.Ok(board.Acl.aclFinalize());
        Assert.Equal("not given back: 1 events, 1 streams, 1 devices set, 1 device blocks, 32 bytes in them, 1 pinned blocks", Simulator.Leaks.ToString());
        Assert.Equal("1 launches (1 Add); 32 bytes to the device, 32 to the host, 0 between blocks; 1 blocks, at most 4096 bytes at once", Simulator.Counters.ToString());
        board.Dispose();
        Assert.Equal(0, Simulator.Leaks.Total);
    }

    [Theory, InlineData(null, 4u), InlineData("1,3", 2u), InlineData("2, 3", 1u), InlineData("2,1", 1u), InlineData("0,4", 1u), InlineData("x", 0u)]
    public void Devices_can_be_hidden(string? visible, uint seen)
    {
        using var board = new Board(new() { Devices = 4, VisibleDevices = visible }, set: false);
        uint count;
        board.Ok(board.Acl.aclrtGetDeviceCount(&count));
        Assert.Equal(seen, count);
    }

    [Fact]
    public void A_card_says_what_it_is()
    {
        using var board = new Board(new() { Soc = "Ascend310P3", Devices = 3 });
        Assert.Equal("Ascend310P3", System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)board.Acl.aclrtGetSocName()));
        uint count;
        int bf16;
        long cores;
        board.Ok(board.Acl.aclrtGetDeviceCount(&count));
        board.Ok(board.Acl.aclGetCannAttribute(1, &bf16));
        board.Ok(board.Acl.aclGetDeviceCapability(0, 0, &cores));
        Assert.Equal((3u, 0, 8L), (count, bf16, cores));
        byte* version = stackalloc byte[512];
        board.Ok(board.Acl.aclsysGetCANNVersion(0, (nint)version));
        Assert.Equal("8.1.RC1", System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)version));
    }
}
