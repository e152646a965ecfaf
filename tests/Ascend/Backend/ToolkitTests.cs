using Pure.Tuner.Ascend;

namespace Pure.Tuner.Tests;

/// <summary>Finding a toolkit without set_env.sh, over folders that look like installations.</summary>
[Trait("Category", "Unit")]
public sealed class ToolkitTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("toolkit").FullName;
    private readonly Dictionary<string, string> _variables = [];

    private AscendToolkit.Places Places => new(_variables.GetValueOrDefault, [_folder]);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_variable_wins_and_the_usual_places_follow()
    {
        string cann = Install("cann"), older = Install("ascend-toolkit/8.1.RC1"), own = Install("own", library: "libacl_rt.so");
        Assert.Equal(cann, AscendToolkit.Find(Places).Root);
        Directory.Delete(cann, recursive: true);
        Assert.Equal(older, AscendToolkit.Find(Places).Root);
        _variables["ASCEND_HOME_PATH"] = own;
        AscendToolkit found = AscendToolkit.Find(Places);
        Assert.Equal((own, "ASCEND_HOME_PATH", Path.Combine(own, "opp")), (found.Root, found.FoundBy, found.OperatorFolder));
        _variables.Clear();
        _variables["ASCEND_OPP_PATH"] = Path.Combine(older, "opp");
        Assert.Equal(older, AscendToolkit.Find(Places).Root);
    }

    [Fact]
    public void The_latest_of_several_versions_is_taken()
    {
        Install("ascend-toolkit/8.0.0");
        string newest = Install("ascend-toolkit/8.2.0");
        Install("ascend-toolkit/8.1.RC1");
        Assert.Equal(newest, AscendToolkit.Find(Places).Root);
    }

    [Fact]
    public void Without_one_a_sentence_says_where_it_was_looked_for()
    {
        string message = Assert.Throws<NotSupportedException>(() => AscendToolkit.Find(Places)).Message;
        Assert.Contains(_folder, message, StringComparison.Ordinal);
        Assert.Contains("ASCEND_HOME_PATH", message, StringComparison.Ordinal);
        _variables["ASCEND_HOME_PATH"] = "/nowhere";
        Assert.StartsWith("npu: ASCEND_HOME_PATH names /nowhere, which has no lib64", Assert.Throws<NotSupportedException>(() => AscendToolkit.Find(Places)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Custom_operators_come_in_the_order_of_their_priority()
    {
        string root = Install("cann");
        foreach (string vendor in (string[])["opp/vendors/a", "opp/vendors/b", "elsewhere"]) Touch(Path.Combine(root, vendor, "op_api/lib/libcust_opapi.so"));
        File.WriteAllText(Path.Combine(root, "opp/vendors/config.ini"), "load_priority=b,missing,a\n");
        _variables["ASCEND_CUSTOM_OPP_PATH"] = Path.Combine(root, "elsewhere");
        Assert.Equal(["elsewhere", "opp/vendors/b", "opp/vendors/a"], AscendToolkit.Find(Places).CustomLibraries(_variables.GetValueOrDefault).Select(f => Path.GetRelativePath(root, f).Replace("/op_api/lib/libcust_opapi.so", "")));
    }

    [Theory]
    [InlineData("Ascend910A", AscendSeries.Ascend910), InlineData("Ascend910B", AscendSeries.Ascend910), InlineData("Ascend910ProB", AscendSeries.Ascend910), InlineData("Ascend910B2", AscendSeries.Ascend910B)]
    [InlineData("Ascend910_9392", AscendSeries.Ascend910C), InlineData("Ascend310P3", AscendSeries.Ascend310P), InlineData("Ascend950PR", AscendSeries.Unknown), InlineData("", AscendSeries.Unknown)]
    internal void A_card_is_known_by_its_name(string soc, AscendSeries series) => Assert.Equal(series, AscendCard.Of(soc).Series);

    [Fact]
    public void The_list_of_a_card_has_every_operator_once_for_each_dtype()
    {
        foreach (AscendSeries series in (AscendSeries[])[AscendSeries.Ascend910, AscendSeries.Ascend910B, AscendSeries.Ascend310P])
        {
            var rows = AscendCapabilities.List(series).ToList();
            Assert.Equal(rows.Count, rows.Select(r => (r.Operator, r.DType)).Distinct().Count());
            Assert.Contains(rows, r => r.Operator == "attention" && r.DType == DType.F16 && r.Way == (series == AscendSeries.Ascend910B ? AscendWay.Kernel : AscendWay.Composition));
        }
    }

    private string Install(string name, string library = "libascendcl.so")
    {
        string root = Path.Combine(_folder, name);
        Touch(Path.Combine(root, "lib64", library));
        return root;
    }

    private static void Touch(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "");
    }
}
