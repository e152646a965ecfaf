namespace Pure.Tuner;

/// <summary>Ling 2: as Qwen's, with a switch against thoughts.</summary>
internal sealed class LingToolFormat : QwenToolFormat
{
    public override string Name => "ling";

    public override string Tools(IReadOnlyList<JsonMap> tools, DateTimeOffset now) => $"{Intro}{Lines(tools)}{Outro}\ndetailed thinking off";
}
