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
        for (int i = 0; i < items.GetArrayLength(); i++)
        {
            JsonElement item = items[i], input = item.GetProperty("in");
            if (expected[i].TryGetProperty("error", out _)) Assert.Throws<UsageException>(() => Apply(item, input, now));
            else
            {
                string want = PythonJson.Write(Plain(expected[i].GetProperty("out")), 0), found = PythonJson.Write(Apply(item, input, now), 0);
                Assert.True(want == found, $"item {i} ({item.GetProperty("format")}, {item.GetProperty("op")}): {found} where {want} is expected");
            }
        }
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
