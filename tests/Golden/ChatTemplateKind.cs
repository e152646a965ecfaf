using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>Conversations through published chat templates: the text, or that the template refuses them.</summary>
public sealed class ChatTemplateKind : IGoldenKind
{
    public string Kind => "chat_template";

    public void Run(GoldenCase golden)
    {
        JsonElement settings = golden.Settings;
        var tokens = settings.GetProperty("special_tokens").EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.String).ToDictionary(p => p.Name, p => p.Value.GetString()!);
        var template = ChatTemplate.Parse(File.ReadAllText(TemplateFile(settings.GetProperty("template").GetString()!)), tokens);
        DateTime now = JinjaKind.Now(golden);
        List<string> faults = [];
        JsonElement[] expected = [.. golden.Json.GetProperty("expected").EnumerateArray()];
        int at = 0;
        foreach (JsonElement item in settings.GetProperty("items").EnumerateArray())
        {
            string name = item.TryGetProperty("name", out JsonElement n) ? n.GetString()! : $"item {at}";
            JinjaKind.Check(faults, name, expected[at++], () => Render(template, item, now));
        }
        Assert.True(faults.Count == 0, $"{faults.Count} of {at}:\n{string.Join('\n', faults)}");
    }

    private static (string, int[][]) Render(ChatTemplate template, JsonElement item, DateTime now)
    {
        var all = (JsonObject)JsonNode.Parse(item.GetRawText())!;
        T? Take<T>(string key) where T : JsonNode => all.Remove(key, out JsonNode? node) ? (T?)node : null;
        all.Remove("name");
        JsonArray messages = Take<JsonArray>("messages")!;
        var options = new ChatTemplateOptions
        {
            Tools = Take<JsonArray>("tools"),
            Documents = Take<JsonArray>("documents"),
            AddGenerationPrompt = (bool?)Take<JsonValue>("add_generation_prompt") ?? false,
            ContinueFinalMessage = (bool?)Take<JsonValue>("continue_final_message") ?? false,
            Now = now,
            Variables = all,
        };
        RenderedChat chat = template.Render(messages, options);
        int Place(int at) => CodePoints.Count(chat.Text.AsSpan(0, at).ToString());
        return (chat.Text, [.. chat.Generation.Select(g => new[] { Place(g.Start), Place(g.End) })]);
    }

    private static string TemplateFile(string name) => new[] { Repository.GoldenRoot, Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "golden")) }
        .Select(root => Path.Combine(root, "text", "chat_templates", name + ".jinja"))
        .FirstOrDefault(File.Exists) ?? throw new FileNotFoundException($"no chat template '{name}'");
}
