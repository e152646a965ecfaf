using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Pure.Tuner.Cli;

/// <summary>PyTorch by a script, under a Python that has it.</summary>
/// <param name="o">The measurement.</param>
/// <param name="script">Its name.</param>
/// <param name="cancel">Ends it.</param>
internal abstract class TorchPeer(BenchOptions o, string script, CancellationToken cancel) : BenchPeer(o.Peer!, script)
{
    private string? _python, _version;

    public override string Name => $"torch {_version}";

    /// <summary>Takes the first Python that can import torch.</summary>
    public override void Check()
    {
        base.Check();
        string[] candidates = o.Python is { } given ? [given] : ["python3", "/usr/bin/python3"];
        foreach (string python in candidates)
            try
            {
                string version = Lines(python, ["-c", "import torch; print(torch.__version__)"], cancel)[^1].Trim();
                (_python, _version) = (python, version.Split('+')[0]);
                return;
            }
            catch (PeerException)
            {
                // It has no torch, or is not there.
            }
        throw new PeerException($"no Python here can import torch (tried {string.Join(", ", candidates)}); install it, or name one with python=PATH");
    }

    protected IReadOnlyList<string> RunScript(params string[] arguments) => Lines(_python!, [Script, .. arguments], cancel);

    protected static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>Products of all shapes in one run.</summary>
internal sealed class TorchGemmPeer(BenchOptions o, CancellationToken cancel) : TorchPeer(o, "torch_gemm.py", cancel)
{
    private readonly BenchOptions _o = o;

    public override IReadOnlyList<PeerValue> Run() =>
    [
        .. from line in RunScript($"{_o.ThreadCount}", _o.DType ?? "f32")
           where line.StartsWith('{')
           let json = JsonNode.Parse(line)!
           select new PeerValue(GemmBenches.NameOf((string)json["name"]!, (int)json["m"]!), (double)json["gflops"]!),
    ];
}

/// <summary>A training step.</summary>
internal sealed partial class TorchTrainingPeer(BenchOptions o, bool checkpoints, CancellationToken cancel) : TorchPeer(o, "torch_lora.py", cancel)
{
    private readonly BenchOptions _o = o;

    /// <summary>Its name of one of our shapes.</summary>
    /// <exception cref="UsageException">It does not know the shape, or the rank.</exception>
    public static string ShapeOf(BenchOptions o)
    {
        if (o.Sizes.Changes is not "") throw new UsageException($"bench: {o.Kind}: peer: torch_lora.py has sizes of its own; leave {o.Sizes.Changes} out, or --peer");
        if (o.Kind != "full" && o.Rank != 8) throw new UsageException($"bench: {o.Kind}: peer: torch_lora.py has rank 8, not {o.Rank}; leave rank out, or --peer");
        return (o.Shape ?? "smollm2-135m").ToLowerInvariant() switch
        {
            "smollm2-135m" => "smol",
            "qwen2.5-0.5b" => "qwen05",
            var other => throw new UsageException($"bench: {o.Kind}: peer: torch_lora.py knows smollm2-135m and qwen2.5-0.5b, not {other}"),
        };
    }

    public override IReadOnlyList<PeerValue> Run()
    {
        // Its first step does not count, nor does ours.
        List<string> arguments = ["--shape", ShapeOf(_o), "--seq", $"{_o.Seq}", "--batch", $"{_o.Batch}", "--steps", $"{_o.Steps + 1}", "--threads", $"{_o.ThreadCount}", "--dtype", _o.DType ?? "f32"];
        if (checkpoints) arguments.Add("--ckpt");
        if (_o.Kind == "full") arguments.Add("--full");
        System.Text.RegularExpressions.Match result = Result().Match(string.Join('\n', RunScript([.. arguments])));
        if (!result.Success) throw new PeerException($"{Script} printed no result");
        return [new PeerValue("", Number(result.Groups[1].Value)) { PeakMiB = Number(result.Groups[2].Value) }];
    }

    [GeneratedRegex(@"([0-9.]+) tokens/s, step [0-9.]+ s, peak ([0-9.]+) MiB")]
    private static partial Regex Result();
}
