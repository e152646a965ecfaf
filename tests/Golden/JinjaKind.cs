using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>Small templates, one feature each: the text, or that it is refused.</summary>
public sealed class JinjaKind : IGoldenKind
{
    public string Kind => "jinja";

    public void Run(GoldenCase golden)
    {
        DateTime now = Now(golden);
        List<string> faults = [];
        JsonElement[] expected = [.. golden.Json.GetProperty("expected").EnumerateArray()];
        int at = 0;
        foreach (JsonElement item in golden.Settings.GetProperty("items").EnumerateArray())
        {
            string template = item.GetProperty("template").GetString()!;
            JsonObject context = item.TryGetProperty("context", out JsonElement c) ? (JsonObject)JsonNode.Parse(c.GetRawText())! : [];
            Check(faults, $"{at}: {template}", expected[at++], () => (JinjaTemplate.Parse(template).Render(context, now).Text, null));
        }
        Assert.True(faults.Count == 0, $"{faults.Count} of {at}:\n{string.Join('\n', faults)}");
    }

    internal static DateTime Now(GoldenCase golden) => DateTime.Parse(golden.Settings.GetProperty("now").GetString()!, CultureInfo.InvariantCulture);

    /// <summary>Notes where text, spans or refusal are not as expected; all items are looked at.</summary>
    internal static void Check(List<string> faults, string what, JsonElement expected, Func<(string Text, int[][]? Spans)> render)
    {
        bool refused = expected.TryGetProperty("error", out JsonElement error);
        try
        {
            (string text, int[][]? spans) = render();
            if (refused) faults.Add($"{what}: {error} is expected, '{text}' came");
            else if (text != expected.GetProperty("text").GetString()) faults.Add($"{what}:\n  expected '{expected.GetProperty("text").GetString()}'\n  found    '{text}'");
            else if (expected.TryGetProperty("generation", out JsonElement generation))
            {
                string wanted = string.Join(' ', generation.EnumerateArray().Select(g => $"{g[0].GetInt32()}-{g[1].GetInt32()}")), found = string.Join(' ', (spans ?? []).Select(s => $"{s[0]}-{s[1]}"));
                if (wanted != found) faults.Add($"{what}: generation {wanted} is expected, {found} came");
            }
        }
        catch (JinjaException e)
        {
            if (!refused) faults.Add($"{what}: failed: {e.Message}");
            else if (expected.TryGetProperty("message", out JsonElement message) && !e.Message.Contains(message.GetString()!, StringComparison.Ordinal)) faults.Add($"{what}: '{message}' is expected in '{e.Message}'");
        }
    }
}
