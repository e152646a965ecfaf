using System.Text.Json;
using System.Xml.Linq;
using Pure.Tuner.Cli;

namespace Pure.Tuner.Tests;

/// <summary>What <c>bench</c> measures, on sizes that take no time, and what it says beside others. No test asks how fast.</summary>
[Trait("Category", "Cli")]
public sealed class BenchTests : IDisposable
{
    private static readonly string[] s_tiny = ["shape=smollm2-135m", "hidden=32", "intermediate=48", "layers=2", "heads=2", "kv_heads=1", "vocab=64", "seq=8", "runs=1", "threads=1", "warmup_ms=0"];

    private readonly string _temp = Directory.CreateTempSubdirectory("bench").FullName;

    public void Dispose() => Directory.Delete(_temp, recursive: true);

    private static string Model => Path.Combine(Repository.Root, "examples", "quickstart", "model");

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        StringWriter output = new(), error = new();
        int code = Shell.Run(args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static JsonElement[] Lines(string output) => [.. output.Split('\n').Where(l => l.StartsWith('{')).Select(l => JsonDocument.Parse(l).RootElement)];

    /// <summary>The measurement itself, in this process, as the process that is started for it does it.</summary>
    [Theory]
    [InlineData("attention", "gflops", new[] { "attention forward", "attention backward" })]
    [InlineData("attention window=3", "gflops", new[] { "attention forward", "attention backward" })]
    [InlineData("loss", "gflops", new[] { "loss dx" })]
    [InlineData("loss point=1", "gflops", new[] { "loss dx dW" })]
    [InlineData("loss dtype=Q4_1", "gflops", new[] { "loss dx" })]
    [InlineData("norms", "gBPerSecond", new[] { "rms_norm forward", "rms_norm backward", "gated_activation forward", "gated_activation backward", "rope forward", "rope backward", "softmax forward", "softmax backward", "add forward" })]
    [InlineData("lora", "tokensPerSecond", new[] { "lora" })]
    [InlineData("full checkpoint=true", "tokensPerSecond", new[] { "full" })]
    public void A_kind_measures_what_it_says(string words, string value, string[] names)
    {
        string[] parts = words.Split(' ');
        (int code, string output, string error) = Run(["bench", .. parts, .. s_tiny, .. parts.Any(p => p.StartsWith("point=", StringComparison.Ordinal)) ? Array.Empty<string>() : ["point=0"]]);
        Assert.Equal((0, ""), (code, error));
        JsonElement[] lines = Lines(output);
        Assert.Equal(names, lines.Select(l => l.GetProperty("name").GetString()));
        foreach (JsonElement line in lines)
        {
            foreach (string number in (string[])["medianMs", "runs", "threads", "shareOfPeak", "peakMiB", value]) Assert.True(line.GetProperty(number).GetDouble() > 0, number);
            Assert.NotEmpty(line.GetProperty("shape").GetString()!);
            Assert.NotEmpty(line.GetProperty("dtype").GetString()!);
        }
    }

    /// <summary>Rounding that would change nothing is refused, in a measurement as in an answer.</summary>
    [Fact]
    public void Rounding_to_16_bits_is_refused_where_nothing_would_be_rounded()
    {
        (int code, _, string error) = Run("bench", "prompt", Model, "--int16_activations", "point=0");
        Assert.Equal((Shell.WrongUsage, "error: bench: prompt: int16_activations: only decode rounds; leave it out"), (code, error.Trim()));
        (code, _, error) = Run("generate", Model, "--prompt", "Who are you?", "pure_tuner.int16_activations=true");
        Assert.Equal(Shell.WrongUsage, code);
        Assert.Contains("Q4_0, Q4_1 or Q8_0, so nothing would be rounded", error);
    }

    /// <summary>Products in bf16 are measured where a unit multiplies them, and refused by name elsewhere.</summary>
    [Fact]
    public void Products_in_bf16_are_measured_or_refused()
    {
        (int code, _, string error) = Run("bench", "decode", Model, "products=bf16", "point=0");
        Assert.Equal((Shell.WrongUsage, "error: bench: decode: products: gemm, lora, full, qlora, prompt, attention and loss multiply in bf16; leave it out"), (code, error.Trim()));
        (code, string output, error) = Run("bench", "prompt", Model, "products=bf16", "seq=16", "runs=1", "point=0");
        if (Kernels.MatrixUnits.Here.BF16 is not null) Assert.Equal("bf16", Lines(output)[0].GetProperty("products").GetString());
        else Assert.True(code == Shell.WrongUsage && error.StartsWith("error: bench: prompt: products: no matrix unit", StringComparison.Ordinal) && error.TrimEnd().EndsWith("leave it out, or take a machine with AMX or AVX512-BF16", StringComparison.Ordinal), error);
    }

    /// <summary>Rows of integers are measured where a unit multiplies them, and refused by name elsewhere; for weights without codes always.</summary>
    [Fact]
    public void Rounding_to_8_bits_is_measured_or_refused()
    {
        (int code, _, string error) = Run("bench", "decode", Model, "--int8_activations", "point=0");
        Assert.Equal((Shell.WrongUsage, "error: bench: decode: int8_activations: prompt, qlora and gemm round; leave it out"), (code, error.Trim()));
        (code, _, error) = Run("bench", "prompt", Model, "--int8_activations", "products=bf16", "point=0");
        Assert.Equal((Shell.WrongUsage, "error: bench: prompt: int8_activations: cannot go together with products=bf16; keep one of the two"), (code, error.Trim()));
        foreach ((string kind, string type) in new[] { ("gemm", "f32"), ("gemm", "nf4-64-dq"), ("qlora", "nf4"), ("prompt", "Q6_K") })
        {
            (code, _, error) = Run("bench", kind, "shape=smollm2-135m", $"dtype={type}", "--int8_activations", "point=0");
            Assert.Equal((Shell.WrongUsage, $"error: bench: {kind}: int8_activations: rows are rounded for weights in Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K or IQ4_NL, not in {type}; leave it out, or say dtype=Q4_1"), (code, error.Trim()));
        }
        (code, string output, error) = Run("bench", "gemm", "shape=smollm2-135m", "dtype=Q4_1", "--int8_activations", "seq=16", "runs=1", "point=0");
        if (Kernels.MatrixUnits.Here.Int8 is not null) Assert.Equal("int8", Lines(output)[0].GetProperty("products").GetString());
        else Assert.True(code == Shell.WrongUsage && error.StartsWith("error: bench: gemm: int8_activations: no matrix unit", StringComparison.Ordinal) && error.TrimEnd().EndsWith("leave it out, or take a machine with AMX, AVX512-VNNI or AVX-VNNI", StringComparison.Ordinal), error);
    }

    [Fact]
    public void The_machine_is_measured_on_one_core_with_its_caches()
    {
        JsonElement[] lines = Lines(Run("bench", "machine", "runs=1", "threads=1", "point=0").Output);
        Assert.Equal(["machine fma", "machine read", "machine copy"], lines.Take(3).Select(l => l.GetProperty("name").GetString()));
        Assert.All(lines.Skip(3), l => Assert.True(l.GetProperty("dtype").GetString() is "bf16" or "int8" && l.GetProperty("gflops").GetDouble() > 1));     // a matrix unit each
        Assert.Equal(5, lines[0].GetProperty("matrixUnits").GetArrayLength());
        Assert.True(lines[0].GetProperty("gflops").GetDouble() > 0 && lines[1].GetProperty("gBPerSecond").GetDouble() > 0 && lines[2].GetProperty("gBPerSecond").GetDouble() > 0);
        Assert.Equal(JsonValueKind.Array, lines[0].GetProperty("instructionSets").ValueKind);
    }

    [Fact]
    public void A_checkpoint_is_loaded_and_a_text_cut()
    {
        JsonElement[] load = Lines(Run("bench", "load", Model, "runs=1", "threads=1", "point=0").Output);
        Assert.Equal(["load", "load and use"], load.Select(l => l.GetProperty("name").GetString()));
        Assert.True(load[1].GetProperty("medianMs").GetDouble() > 0 && load[1].GetProperty("gBPerSecond").GetDouble() > 0);
        string text = Path.Combine(_temp, "text.txt");
        File.WriteAllText(text, "hello there\nonce more\n");
        JsonElement[] cut = Lines(Run("bench", "tokenize", Model, $"text={text}", "runs=1", "point=0").Output);
        Assert.Equal(["model, text.txt, whole", "model, text.txt, 3 lines"], cut.Select(l => l.GetProperty("shape").GetString()));
        Assert.All(cut, l => Assert.True(l.GetProperty("tokensPerSecond").GetDouble() > 0));
    }

    [Fact]
    public void Scaling_varies_one_size_at_a_time()
    {
        string[] tiny = ["bench", "scaling", "hidden=32", "intermediate=48", "layers=2", "heads=2", "kv_heads=1", "vocab=64", "seq=8", "runs=1", "threads=1", "warmup_ms=0"];
        (string, double)[] at = [.. from point in Enumerable.Range(0, 18) select Lines(Run([.. tiny, $"point={point}"]).Output)[0] into line select (line.GetProperty("vary").GetString()!, line.GetProperty("at").GetDouble())];
        Assert.Equal([4, 8, 16, 32, 64], at.Where(p => p.Item1 == "tokens of a row").Select(p => p.Item2));
        Assert.Equal([1, 2, 4, 8], at.Where(p => p.Item1 == "rows of a batch").Select(p => p.Item2));
        Assert.Equal([16, 32, 48, 64], at.Where(p => p.Item1 == "hidden size").Select(p => p.Item2));
        Assert.Equal([1, 2, 4, 8], at.Where(p => p.Item1 == "layers").Select(p => p.Item2));
        Assert.Equal([1], at.Where(p => p.Item1 == "threads").Select(p => p.Item2));
    }

    [Fact]
    public void Dense_products_are_those_of_training_in_three_directions()
    {
        GemmShape[] all = [.. GemmShape.All];
        Assert.Equal(all.Length, all.Select(s => s.Name).Distinct().Count());
        Assert.Equal((44, 5), (all.Length, all.Count(s => s.IsSmall)));
        Assert.Equal(36, all.Count(s => s.Layout is not GemmLayout.Plain && !s.IsSmall));
        // As the script of the peer names and orders them.
        Assert.Contains(all, s => $"gemm {s.Name}" == GemmBenches.NameOf("smollm2 head/8 dW=dyt·x", 6144) && (s.M, s.N, s.K) == (6144, 576, 512));
        Assert.Contains(all, s => $"gemm {s.Name}" == GemmBenches.NameOf("qwen2.5-0.5b down dx=dy·W", 512) && (s.M, s.N, s.K) == (512, 4864, 896));
        Assert.Contains(all, s => $"gemm {s.Name}" == GemmBenches.NameOf("square", 2048));
    }

    [Theory]
    [InlineData(7, 0)]
    [InlineData(7, 3)]
    [InlineData(3, 7)]
    [InlineData(5, 5)]
    public void Useful_arithmetic_of_attention_counts_the_keys_that_are_seen(int seq, int window)
    {
        ModelShape shape = ModelShape.Find("smollm2-135m").With(new ModelSizes(Hidden: 32, Heads: 2, KvHeads: 1));
        double pairs = Enumerable.Range(1, seq).Sum(seen => window == 0 ? seen : Math.Min(seen, window));
        Assert.Equal(2 * 2 * pairs * 32, shape.AttentionFlops(seq, window));
    }

    /// <summary>A Python of our own, so that no test needs torch: it answers as the script would.</summary>
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private string FakePython(string answer, int code = 0)
    {
        string python = Path.Combine(_temp, "python");
        File.WriteAllText(python, $"#!/bin/sh\n[ \"$1\" = -c ] && echo 9.8.7+cpu && exit 0\n[ -n \"$OPENBLAS_CORETYPE\" ] && exit 3\n{(code == 0 ? $"echo '{answer}'" : $"echo '{answer}' >&2")}\nexit {code}\n");
        File.SetUnixFileMode(python, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (string script in (string[])["torch_lora.py", "torch_gemm.py"]) File.WriteAllText(Path.Combine(_temp, script), "");
        return python;
    }

    [SkippableFact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void A_peer_runs_in_turn_and_the_ratio_is_ours_over_theirs()
    {
        Skip.If(OperatingSystem.IsWindows(), "the stand-in for Python is a shell script");
        string python = FakePython("torch 9.8.7 smol f32: 1000.0 tokens/s, step 0.5 s, peak 100000 MiB, loss 1.0");
        (int code, string output, string error) = Run("bench", "lora", $"peer={_temp}", $"python={python}", "seq=2", "runs=1", "steps=1", "warmup_ms=0", "--json");
        Assert.Equal((0, ""), (code, error));
        JsonElement line = Assert.Single(Lines(output));
        Assert.Equal(("torch 9.8.7", 1000.0, 100000.0), (line.GetProperty("peer").GetString(), line.GetProperty("peerValue").GetDouble(), line.GetProperty("peerPeakMiB").GetDouble()));
        Assert.Equal(line.GetProperty("tokensPerSecond").GetDouble() / 1000, line.GetProperty("ratio").GetDouble(), 9);
        Assert.Equal(line.GetProperty("peakMiB").GetDouble() / 100000, line.GetProperty("peakRatio").GetDouble(), 9);
    }

    [SkippableFact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void A_peer_that_refuses_is_told_once_and_ours_is_measured()
    {
        Skip.If(OperatingSystem.IsWindows(), "the stand-in for Python is a shell script");
        string python = FakePython("matrix multiply runs at 7 GFLOP/s: not the BLAS to compare with", code: 1), record = Path.Combine(_temp, "records.jsonl");
        (int code, string output, string error) = Run(["bench", "gemm", "dtype=f32", $"peer={_temp}", $"python={python}", "steps=1", $"record={record}", "--json", .. s_tiny]);
        Assert.Equal(1, code);
        Assert.Equal("warning: bench: gemm: peer: torch_gemm.py did not run: matrix multiply runs at 7 GFLOP/s: not the BLAS to compare with; only ours is measured\n", error);
        Assert.Equal(20, Lines(output).Length);
        Assert.All(Lines(output), l => Assert.False(l.TryGetProperty("peer", out _)));
        Assert.False(File.Exists(record));
    }

    [Theory]
    [InlineData("error: bench: peer: . holds no torch_lora.py; give the folder of the script", "lora", "peer=.")]
    [InlineData("error: bench: lora: peer: torch_lora.py has rank 8, not 4", "lora", "peer=.", "rank=4")]
    [InlineData("error: bench: lora: peer: torch_lora.py has sizes of its own; leave layers 3 out", "lora", "peer=.", "layers=3")]
    [InlineData("error: bench: full: peer: torch_lora.py knows smollm2-135m and qwen2.5-0.5b, not llama2-7b", "full", "peer=.", "shape=llama2-7b")]
    [InlineData("error: bench: norms: there is no peer for it", "norms", "peer=.")]
    [InlineData("error: bench: gemm: peer: it multiplies dense matrices only, not Q4_1", "gemm", "peer=.", "dtype=Q4_1")]
    [InlineData("error: bench: gemm: hidden 64: of which shape?", "gemm", "dtype=f32", "hidden=64")]
    [InlineData("error: shape: 33 numbers of a token cannot be cut into 9 heads", "lora", "hidden=33")]
    [InlineData("error: shape: 9 heads cannot share 2 key heads", "attention", "kv_heads=2")]
    [InlineData("error: bench: loss: window: only attention has one", "loss", "window=4")]
    [InlineData("error: bench: tokenize: of which model?", "tokenize")]
    [InlineData("error: bench: tokenize: which text? give text=FILE", "tokenize", ".")]
    [InlineData("error: bench: load: none does not exist", "load", "none")]
    [InlineData("error: bench: start: none does not exist", "start", "none")]
    [InlineData("error: bench: scaling: it has shapes of its own; leave shape out", "scaling", "shape=llama2-7b")]
    [InlineData("error: bench: all: only: there is no 'gem'; did you mean 'gemm'?", "all", "only=gem")]
    [InlineData("error: bench: all: none.gguf does not exist", "all", "none.gguf")]
    [InlineData("error: bench: report: none.jsonl does not exist", "report", "none.jsonl")]
    [InlineData("error: bench: there is no 'atention'; did you mean 'attention'?", "atention")]
    public void What_cannot_be_measured_is_said_before_anything_runs(string message, params string[] args)
    {
        (int code, string output, string error) = Run(["bench", .. args]);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(message, error);
    }

    [Fact]
    public void Llama_cpp_is_tried_on_each_number_of_threads_unless_one_is_given()
    {
        var o = new BenchOptions("decode") { Peer = _temp, File = "m.gguf" };
        Assert.Equal([3], new LlamaPeer(o with { Threads = 3 }, true, default).ThreadCounts());
        int[] all = [.. new LlamaPeer(o, true, default).ThreadCounts()];
        Assert.Equal((1, Environment.ProcessorCount), (all[0], all[^1]));
        Assert.Equal(all.Distinct().Order(), all);
        Assert.Contains("holds no llama_cpp.mjs", Assert.Throws<UsageException>(new LlamaPeer(o, true, default).Check).Message);
        File.WriteAllText(Path.Combine(_temp, "llama_cpp.mjs"), "");
        Assert.Contains("node-llama-cpp is not installed", Assert.Throws<PeerException>(new LlamaPeer(o, true, default).Check).Message);
    }

    [Fact]
    public void Records_replace_what_the_same_command_gave_before_and_become_tables()
    {
        string record = Path.Combine(_temp, "records.jsonl"), page = Path.Combine(_temp, "page.md");
        for (int i = 0; i < 2; i++) Assert.Equal(0, Run(["bench", "gemm", "dtype=f32", .. s_tiny, $"record={record}"]).Code);
        Assert.Equal(0, Run(["bench", "lora", .. s_tiny, $"record={record}"]).Code);
        List<BenchRecord> records = BenchRecord.Read(record);
        Assert.Equal((20, 1), (records.Count(r => r.Kind == "gemm"), records.Count(r => r.Kind == "lora")));
        Assert.All(records, r => Assert.StartsWith($"pure-tuner bench {r.Kind} ", r.Command));
        Assert.DoesNotContain(_temp, File.ReadAllText(record));
        File.WriteAllText(page, "# Title\n\n<!-- bench: gemm, lora -->\nold\n<!-- bench end -->\n\nafter\n\n<!-- bench: decode -->\n<!-- bench end -->\n");
        Assert.Equal((0, "", ""), Run("bench", "report", record, $"into={page}"));
        string once = File.ReadAllText(page);
        Assert.Equal(21, once.Split('\n').Count(l => l.StartsWith("| gemm ", StringComparison.Ordinal) || l.StartsWith("| lora ", StringComparison.Ordinal)));
        Assert.Contains("Not recorded yet.", once);
        Assert.DoesNotContain("old", once);
        Assert.StartsWith("# Title\n\n<!-- bench: gemm, lora -->\n", once);
        Assert.Contains("<!-- bench end -->\n\nafter\n", once);
        Run("bench", "report", record, $"into={page}");
        Assert.Equal(once, File.ReadAllText(page));
        Assert.Contains("| lora | ", Run("bench", "report", record).Output);
    }

    [Theory]
    [InlineData("a\n<!-- bench: gemm -->\nb", "page.md:2: the table that begins here does not end")]
    [InlineData("<!-- bench: gemm -->\n<!-- bench: lora -->\n<!-- bench end -->", "page.md:1: the table that begins here does not end")]
    [InlineData("<!-- bench: gem -->\n<!-- bench end -->", "page.md:1: there is no 'gem' to measure; did you mean 'gemm'?")]
    public void A_wrong_mark_is_named_by_its_line(string page, string message) =>
        Assert.StartsWith(message, Assert.Throws<UsageException>(() => BenchReport.Render(page, "page.md", [])).Message);

    [Theory]
    [InlineData("{}")]
    [InlineData("{")]
    public void A_line_that_is_no_record_is_named(string line)
    {
        string file = Path.Combine(_temp, "r.jsonl");
        File.WriteAllText(file, "\n" + line + "\n");
        Assert.StartsWith($"{file}:2: expected a record", Assert.Throws<UsageException>(() => BenchRecord.Read(file)).Message);
    }

    [Fact]
    public void The_performance_page_is_what_the_records_say()
    {
        string docs = Path.Combine(Repository.Root, "docs"), page = File.ReadAllText(Path.Combine(docs, "performance.md")).ReplaceLineEndings("\n");
        Assert.True(page == BenchReport.Render(page, "docs/performance.md", BenchRecord.Read(Path.Combine(docs, "performance.jsonl"))), "docs/performance.md is not what docs/performance.jsonl says; make its tables again: pure-tuner bench report docs/performance.jsonl into=docs/performance.md");
    }

    [Fact]
    public void All_lists_commands_that_each_can_be_typed()
    {
        (int code, string output, _) = Run("bench", "all", Model, $"text={Path.Combine(Model, "config.json")}", "--list");
        Assert.Equal(0, code);
        string[] commands = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (string kind in (string[])["machine", "start", "load", "tokenize", "attention", "loss", "norms", "gemm", "lora", "full", "decode", "prompt", "scaling"]) Assert.Contains(commands, c => c.StartsWith($"pure-tuner bench {kind}", StringComparison.Ordinal));
        foreach (string command in commands)
        {
            var arguments = Arguments.Parse("bench", command.Split(' ')[2..], BenchCommand.Command.Flags);
            var options = BenchOptions.From(arguments, BenchKind.All.Select(k => k.Name));
            Assert.NotEmpty(BenchKind.All.First(k => k.Name == options.Kind).Points(options));
        }
    }

    [Fact]
    public void Curves_stay_inside_their_panels()
    {
        var plot = new LinePlot("title", [new("one", "x", [(1, 10), (2, 25), (4, 3000)]), new("two", "x", []), new("three", "x", [(5, 0)])]);
        XElement svg = XDocument.Parse(plot.ToSvg()).Root!;
        XElement[] points = [.. svg.Descendants().Where(e => e.Name.LocalName == "circle")];
        Assert.Equal(4, points.Length);
        double width = (double)svg.Attribute("width")!, height = (double)svg.Attribute("height")!;
        Assert.All(points, p => Assert.True((double)p.Attribute("cx")! is > 0 and var x && x < width && (double)p.Attribute("cy")! is > 0 and var y && y < height));
        Assert.True((double)points[0].Attribute("cy")! > (double)points[2].Attribute("cy")!);
    }
}
