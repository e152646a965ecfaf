using System.Globalization;
using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Tools told to a model, calls written and calls read back, format by format.</summary>
public sealed class LfToolFormatKind : IGoldenKind
{
    public string Kind => "lf_tool_format";

    public void Run(GoldenCase golden)
    {
        DateTimeOffset now = GoldenClock.Of(golden).GetLocalNow();
        JsonElement items = golden.Settings.GetProperty("items"), expected = golden.Json.GetProperty("expected");
        Assert.Equal(expected.GetArrayLength(), items.GetArrayLength());
        var wrong = new List<string>();
        for (int i = 0; i < items.GetArrayLength(); i++)
        {
            string want = expected[i].TryGetProperty("out", out JsonElement text) ? PythonJson.Write(Plain(text), 0) : "a refusal", found;
            try
            {
                found = PythonJson.Write(Apply(items[i], items[i].GetProperty("in"), now), 0);
            }
            catch (UsageException fault)
            {
                found = want == "a refusal" ? want : fault.Message;
            }
            if (want != found) wrong.Add($"item {i} ({items[i].GetProperty("format")}, {items[i].GetProperty("op")}): {found} where {want} is expected");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {items.GetArrayLength()} differ:\n{string.Join('\n', wrong.Take(10))}");
    }

    private static object? Apply(JsonElement item, JsonElement input, DateTimeOffset now)
    {
        IToolFormat format = ToolFormats.Get(item.GetProperty("format").GetString()!);
        return item.GetProperty("op").GetString() switch
        {
            "tools" => format.Tools(ToolJson.Read(input.GetRawText()), now),
            "calls" => format.Calls([.. input.EnumerateArray().Select(c => new ToolCall(c.GetProperty("name").GetString()!, c.GetProperty("arguments").GetString()!))]),
            "extract" => format.Extract((string)Plain(input)!) is { } calls
                ? calls.Select(c => new JsonMap { ["name"] = c.Name, ["arguments"] = c.Arguments }).ToList()
                : Plain(input),
            var op => throw new InvalidOperationException($"no op '{op}'"),
        };
    }

    private static object? Plain(JsonElement json) => PythonJsonReader.TryRead(json.GetRawText(), out object? value) ? value : throw new InvalidOperationException("not JSON");
}

/// <summary>The clock that a case was made with.</summary>
internal sealed class GoldenClock(DateTimeOffset now) : TimeProvider
{
    public static GoldenClock Of(GoldenCase golden) => new(golden.Settings.TryGetProperty("now", out JsonElement now)
        ? DateTimeOffset.Parse(now.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) : DateTimeOffset.UnixEpoch);

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => now;
}
