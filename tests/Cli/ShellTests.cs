using System.Text.Json;
using Pure.Tuner.Cli;

namespace Pure.Tuner.Tests;

/// <summary>Commands as a user calls them: exit code, output, message.</summary>
[Trait("Category", "Cli")]
public class ShellTests
{
    private const string QuickstartModel = "QUICKSTART";

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        StringWriter output = new(), error = new();
        int code = Shell.Run(args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    [Theory]
    [InlineData("version")]
    [InlineData("--version")]
    public void Version(string arg)
    {
        (int code, string output, string error) = Run(arg);
        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"^pure-tuner \d+\.\d+\.\d+", output);
    }

    [Fact]
    public void Help_lists_every_command_and_each_has_help_of_its_own()
    {
        (int code, string output, _) = Run();
        Assert.Equal(0, code);
        foreach (Command command in CommandTable.All)
        {
            Assert.Contains($"  {command.Name} ", output);
            Assert.StartsWith($"{command.Name}: {command.Summary}", Run("help", command.Name).Output);
            Assert.Equal(Run("help", command.Name), Run(command.Name, "--help"));
            Assert.Contains($"pure-tuner {command.Name}", command.Help);
        }
    }

    [Fact]
    public void Env_names_runtime_vectors_and_backends()
    {
        (int code, string output, _) = Run("env");
        Assert.Equal(0, code);
        foreach (string part in new[] { "version", ".NET 10", "vectors", "128 bits", "memory", "threads" }.Concat(Backends.All.Keys)) Assert.Contains(part, output);
    }

    [Theory]
    [InlineData("error: there is no command 'vershon'; did you mean 'version'? ('pure-tuner help' lists them)", "vershon")]
    [InlineData("error: the command 'eval' is not built yet", "eval")]
    [InlineData("error: help: the command 'eval' is not built yet", "help", "eval")]
    [InlineData("error: template: there is no 'lst'; did you mean 'list'?", "template", "lst")]
    [InlineData("error: train: which recipe?", "train")]
    [InlineData("error: chat: with which model?", "chat")]
    [InlineData("error: generate: with which model?", "generate", "--prompt", "hello", "--raw")]
    [InlineData("error: generate: --prompt: a value is missing (write --prompt=...", "generate", "m.gguf", "--prompt", "--hi")]
    [InlineData("error: template: there is no 'lama3'; did you mean 'llama3'? ('pure-tuner template list' shows all)", "chat", QuickstartModel, "template=lama3")]
    [InlineData("error: template check: of which model?", "template", "check")]
    [InlineData("error: template: there is no 'lama3'; did you mean 'llama3'?", "template", "check", QuickstartModel, "--template", "lama3")]
    [InlineData("error: backend: null computes nothing", "ops", "check", "op=linear", "backend=null")]
    [InlineData("error: version: there is no option 'opt'; did you mean 'help'?", "version", "opt=1")]
    [InlineData("error: help: there is no command 'opps'; did you mean 'ops'?", "help", "opps")]
    [InlineData("error: ops: there is no 'lst'; did you mean 'list'? (known: list, check, grad, bench, cover)", "ops", "lst")]
    [InlineData("error: bench: there is no 'format'; did you mean 'formats'?", "bench", "format")]
    [InlineData("error: bench: formats: dtype: there is no 'Q4K'; did you mean 'Q4_K'?", "bench", "formats", "dtype=Q4K")]
    [InlineData("error: bench: formats: threads: speeds are those of one thread, found 2", "bench", "formats", "threads=2")]
    [InlineData("error: bench: formats: none does not exist", "bench", "formats", "none")]
    [InlineData("error: bench: picture: expected the name of an .svg file, found 'a.png'", "bench", "formats", "picture=a.png")]
    [InlineData("error: bench: picture: decode has none; leave it out", "bench", "decode", QuickstartModel, "picture=a.svg")]
    [InlineData("error: bench: markdown: gemm has no table; leave it out", "bench", "gemm", "--markdown")]
    [InlineData("error: ops: there is no operator 'rmsnorm'; did you mean 'rms_norm'?", "ops", "check", "--op", "rmsnorm")]
    [InlineData("error: ops: there is no option 'bakend'; did you mean 'backend'?", "ops", "list", "--bakend", "cpu")]
    [InlineData("error: kernels: there is no file none.dll", "ops", "list", "kernels=none.dll")]
    [InlineData("error: ops: products: expected f32, bf16 or fp16, found 'bf'", "ops", "check", "op=linear", "products=bf")]
    [InlineData("error: ops: list: products: nothing is computed; leave it out", "ops", "list", "products=bf16")]
    [InlineData("error: ops: check: products: cpu has no products of f16 (f32, and bf16 with a matrix unit); name a backend that has, such as reference, or leave products out", "ops", "check", "op=linear", "backend=cpu", "products=fp16")]
    [InlineData("error: ops: cover: products: null has no products of bf16; name a backend that has", "ops", "cover", "op=linear", "backend=null", "products=bf16")]
    [InlineData("error: backend: opencl is not built yet", "ops", "check", "op=linear", "backend=opencl")]
    [InlineData("error: backend: no device 'gpu'", "ops", "check", "op=linear", "backend=gpu")]
    public void Wrong_usage_is_2_and_names_the_cure(string message, params string[] args)
    {
        args = Array.ConvertAll(args, a => a == QuickstartModel ? Path.Combine(Repository.Root, "examples", "quickstart", "model") : a);
        (int code, _, string error) = Run(args);
        Assert.Equal(2, code);
        Assert.StartsWith(message, error);
        Assert.DoesNotContain("   at ", error);
        Assert.DoesNotContain("--debug shows", error);
        Assert.Contains("   at ", Run([.. args, "--debug"]).Error);
    }

    [Theory]
    [InlineData("config.json", "{", "not valid JSON", "fetch the file again")]
    [InlineData("config.json", null, "configuration is missing", "put the model's config.json there")]
    [InlineData("tokenizer.json", "{", "not JSON", "fetch the file again")]
    [InlineData("tokenizer.json", "{}", "$.model: missing", "fetch the file again")]
    [InlineData("tokenizer.json", null, "no tokenizer.json", "put the model's tokenizer.json there")]
    public void A_wrong_file_of_a_model_is_2_and_names_the_cure(string file, string? text, string what, string cure)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            foreach (string own in Directory.GetFiles(Path.Combine(Repository.Root, "examples", "quickstart", "model"))) File.Copy(own, Path.Combine(folder.FullName, Path.GetFileName(own)));
            File.Delete(Path.Combine(folder.FullName, file));
            if (text is not null) File.WriteAllText(Path.Combine(folder.FullName, file), text);
            (int code, _, string error) = Run("generate", folder.FullName, "--raw", "--prompt", "hello");
            Assert.Equal(2, code);
            Assert.Contains(what, error, StringComparison.Ordinal);
            Assert.Contains(cure, error, StringComparison.Ordinal);
            Assert.DoesNotContain("--debug shows", error, StringComparison.Ordinal);
        }
        finally { folder.Delete(recursive: true); }
    }

    [Fact]
    public void Template_list_names_every_template()
    {
        (int code, string output, _) = Run("template", "list");
        Assert.Equal(0, code);
        Assert.Equal(Template.Names, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[0]));
        Assert.Contains("Qwen", output.Split('\n').Single(l => l.StartsWith("qwen ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Ops_list_names_every_operator()
    {
        (int code, string output, _) = Run("ops", "list");
        Assert.Equal(0, code);
        Assert.Equal(OpCases.All.Select(c => c.Name), output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[0]));
        Assert.Contains("cached keys", Run("ops", "list", "op=attention").Output);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("grad")]
    public void Ops_check_and_grad_pass_and_speak_json(string action)
    {
        (int code, string output, string error) = Run("ops", action, "--op", "rms_norm", "--backend", "reference");
        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"rms_norm +reference +\d+ samples  worst error \d\.\d\d of tolerance  right", output);
        JsonElement json = JsonDocument.Parse(Run("ops", action, "--op", "rms_norm", "--backend", "reference", "--json").Output).RootElement;
        Assert.Equal(("rms_norm", "reference", 0), (json.GetProperty("op").GetString(), json.GetProperty("backend").GetString(), json.GetProperty("faults").GetArrayLength()));
    }

    [Theory]
    [InlineData("bf16", "bf16")]
    [InlineData("fp16", "f16")]
    public void Ops_takes_rounded_products(string asked, string type)
    {
        (int code, string output, string error) = Run("ops", "check", "op=matmul", "backend=reference", $"products={asked}");
        Assert.Equal((0, ""), (code, error));
        Assert.EndsWith($" samples are right, products of {type}\n", output.ReplaceLineEndings("\n"));
        foreach (string action in new[] { "check", "grad", "cover" })
            Assert.Equal(type, JsonDocument.Parse(Run("ops", action, "op=matmul", "backend=reference", $"products={asked}", "--json").Output).RootElement.GetProperty("products").GetString());
        Assert.StartsWith($"Products of {type}:\n", Run("ops", "cover", "op=attention", $"products={asked}").Output.ReplaceLineEndings("\n"));
        Assert.Contains($" products {type} ", Run("ops", "bench", "op=matmul", "backend=reference", "rows=2", "width=8", "repeat=1", "warmup_ms=0", $"products={asked}").Output);
        (code, output, error) = Run("ops", "check", "op=matmul", $"products={asked}");
        if (type == "bf16" && Kernels.MatrixUnits.Here.BF16 is not null) Assert.Contains("\nmatmul                 cpu ", output.ReplaceLineEndings("\n"));
        else Assert.True(code == Shell.WrongUsage && error.StartsWith($"error: ops: check: products: cpu has no products of {type} (", StringComparison.Ordinal) && error.Contains("only the definition itself is left", StringComparison.Ordinal), error);
        if (Kernels.MatrixUnits.Here.BF16State.StartsWith("no matrix unit", StringComparison.Ordinal)) Assert.Contains(Kernels.MatrixUnits.Here.BF16State, Run("ops", "bench", "op=matmul", "products=bf16").Error);
    }

    [Fact]
    public void The_machine_code_is_written_down()
    {
        string folder = Directory.CreateTempSubdirectory("dump").FullName;
        try
        {
            (int code, string output, _) = Run("ops", "bench", "op=mul", "rows=2", "width=8", "repeat=1", "warmup_ms=0", $"dump={folder}");
            Assert.Equal(Shell.Done, code);
            Assert.Contains($"code         written to {folder}; ", output);
            foreach (string name in (string[])["amx-bf16", "avx512-bf16", "avx2", "amx-bf16-peak", "avx512-bf16-peak"])
            {
                byte[] bytes = File.ReadAllBytes(Path.Combine(folder, name + ".bin"));
                string[] lines = File.ReadAllLines(Path.Combine(folder, name + ".txt"));
                Assert.Equal(Convert.ToHexStringLower(bytes), string.Concat(lines.Skip(1).Select(l => l[8..].TrimStart().Split(' ')[0])));
                Assert.EndsWith("ret", lines[^1]);
            }
            (code, _, string error) = Run("ops", "list", $"dump={folder}");
            Assert.Equal((Shell.WrongUsage, "error: ops: list: dump: only bench writes code; leave it out"), (code, error.Trim()));
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    [Fact]
    public void Ops_bench_measures_both_directions()
    {
        (int code, string output, _) = Run("ops", "bench", "op=mul", "backend=reference", "rows=2", "width=8", "repeat=2", "warmup_ms=0", "--json");
        Assert.Equal(0, code);
        JsonElement[] lines = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(["mul forward", "mul backward"], lines.Select(l => l.GetProperty("name").GetString()));
        Assert.All(lines, l => Assert.True(l.GetProperty("medianMs").GetDouble() > 0 && l.GetProperty("gBPerSecond").GetDouble() > 0));
    }

    [Fact]
    public void Ops_cover_is_a_table()
    {
        string output = Run("ops", "cover", "op=rms_norm", "backend=reference").Output;
        Assert.Equal("| operator | reference, forward | reference, training |\n| --- | --- | --- |\n| rms_norm | composition | composition |\n", output);
    }
}
