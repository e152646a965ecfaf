using System.Text.Json.Nodes;

namespace Pure.Tuner.Cli;

/// <summary>llama.cpp on the same file, by a script in a folder where node-llama-cpp is installed.</summary>
/// <param name="folder">Holds llama_cpp.mjs and node_modules.</param>
/// <param name="cancel">Ends it.</param>
internal sealed class LlamaPeer(string folder, CancellationToken cancel)
{
    public const string Name = "llama.cpp", Script = "llama_cpp.mjs";

    /// <summary>What it made first in the last run, greedy.</summary>
    public int[] FirstIds { get; private set; } = [];

    /// <exception cref="UsageException">Something that it needs is not there.</exception>
    public void Check()
    {
        if (!File.Exists(Path.Combine(folder, Script))) throw new UsageException($"bench: peer: {folder} holds no {Script}; give the folder of the script");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "node-llama-cpp")))
            throw new UsageException($"bench: peer: node-llama-cpp is not installed in {folder}; copy {Script} to a folder of your own and run its npm install line there");
    }

    /// <summary>Prompt and decode speed, tokens a second.</summary>
    public (double Prompt, double Decode) Run(string file, int threads, int promptTokens, int newTokens)
    {
        string line = BenchProcess.Run("node", [Script, Path.GetFullPath(file), $"{threads}", $"{promptTokens}", $"{newTokens}"], folder, cancel).LastOrDefault(l => l.StartsWith('{'))
            ?? throw new InvalidOperationException($"bench: peer: {Script} printed no result");
        JsonNode result = JsonNode.Parse(line)!;
        FirstIds = [.. result["firstIds"]!.AsArray().Select(i => (int)i!)];
        return ((double)result["promptTokensPerSecond"]!, (double)result["decodeTokensPerSecond"]!);
    }
}
