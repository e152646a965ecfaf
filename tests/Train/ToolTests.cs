using System.Reflection;
using FsCheck;
using FsCheck.Fluent;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class ToolTests
{
    private const string Weather = """[{"name": "weather", "description": "Weather of a city", "parameters": {"type": "object", "properties": {"city": {"type": "string", "description": "which", "enum": ["Oslo", "Rom"]}, "days": {"type": "array", "items": {"type": "integer"}}}, "required": ["city"]}}]""";

    /// <summary>Each character is a token.</summary>
    private sealed class Characters : ITokenSource
    {
        public int[] Encode(string text) => [.. text.Select(c => (int)c)];
        public int? IdOf(string token) => token switch { "<s>" => 0xE000, "</s>" => 0xE001, _ => token.Length == 1 ? token[0] : null };
        public string? TokenOf(int id) => id switch { 0xE000 => "<s>", 0xE001 => "</s>", < 0xE002 => ((char)id).ToString(), _ => null };
        public int VocabularySize => 0xE002;
        public int? BosId => 0xE000;
        public int? EosId => 0xE001;
        public int? PadId => null;
        public int? UnknownId => '?';
    }

    private sealed class Noon : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
        public override DateTimeOffset GetUtcNow() => new(2024, 7, 3, 12, 0, 0, TimeSpan.Zero);
    }

    private static ChatEncoder Chat(string template, string? format = null, bool? thinking = true) =>
        new(Template.Get(template).WithToolFormat(format), new Characters(), enableThinking: thinking) { Clock = new Noon() };

    private static string Text(ChatEncoder chat, IEnumerable<int> ids) => string.Concat(ids.Select(chat.Tokens.TokenOf));

    private static TrainingRow Row(string answer, MessageRole role = MessageRole.Function, string tools = "") =>
        new([new(MessageRole.User, "Q"), new(role, answer)]) { Tools = tools, Place = "d.json: row 7" };

    private static string Answer(ChatEncoder chat, TrainingRow row) => Text(chat, chat.EncodeTurns(row)[0].Response);

    [Fact]
    public void The_recipe_names_every_format() =>
        Assert.Equal(ToolFormats.Names.Order(StringComparer.Ordinal), typeof(Recipe).GetProperty(nameof(Recipe.ToolFormat))!.GetCustomAttribute<OneOfAttribute>()!.Values);

    [Fact]
    public void An_unknown_format_is_named_with_the_nearest() => Assert.Contains("did you mean 'qwen3_5'", Assert.Throws<UsageException>(() => ToolFormats.Get("qwen35")).Message);

    public static TheoryData<string> Formats() => [.. ToolFormats.Names];

    [Theory, MemberData(nameof(Formats))]
    public void Calls_are_read_back(string name)
    {
        IToolFormat format = ToolFormats.Get(name);
        ToolCall call = new("weather", """{"city": "Åbo", "days": [1, 2.0], "now": true}""");
        string text = format.Calls([call]);
        if (name == "minimax2") text = $"<minimax:tool_call>\n{text}\n</minimax:tool_call>";
        // The reference looks for another form here than it writes.
        if (name == "glm4_moe") Assert.Null(format.Extract(text));
        else Assert.Equal([call], format.Extract(text)!);
        Assert.Null(format.Extract("It rains."));
    }

    [Theory, MemberData(nameof(Formats))]
    public void Tools_are_told_by_name_and_description(string name)
    {
        string text = ToolFormats.Get(name).Tools(ToolJson.Read(Weather), new Noon().GetLocalNow());
        Assert.Contains("weather", text);
        Assert.Contains("Weather of a city", text);
        Assert.Contains("which", text);
    }

    [Fact]
    public void The_default_format_describes_parameters_in_words() => Assert.Contains(
        "> Tool Name: weather\nTool Description: Weather of a city\nTool Args:\n  - city (string, required): which, should be one of [Oslo, Rom]\n  - days (array): , where each item should be integer\n\nUse the following",
        ToolFormats.Get("default").Tools(ToolJson.Read(Weather), default));

    [Fact]
    public void Llama_is_told_the_date() => Assert.StartsWith("Cutting Knowledge Date: December 2023\nToday Date: 03 Jul 2024\n\n", ToolFormats.Get("llama3").Tools(ToolJson.Read(Weather), new Noon().GetLocalNow()));

    [Fact]
    public void Tools_follow_the_system_text_and_an_empty_list_still_opens_it()
    {
        ChatEncoder chat = Chat("qwen3_nothink");
        string prompt = Text(chat, chat.EncodeTurns(Row("A", MessageRole.Assistant, Weather) with { System = "Sys" })[0].Prompt);
        Assert.StartsWith("<|im_start|>system\nSys\n\n# Tools\n\n", prompt);
        Assert.Contains("<tools>\n{\"type\": \"function\", \"function\": {\"name\": \"weather\"", prompt);
        Assert.StartsWith("<|im_start|>system\n<|im_end|>\n<|im_start|>user\nQ", Text(chat, chat.EncodeTurns(Row("A", MessageRole.Assistant, "[]"))[0].Prompt));
        Assert.Equal(prompt, Text(chat, chat.EncodePrompt([new(MessageRole.User, "Q")], "Sys", Weather)));
    }

    [Fact]
    public void Tools_of_phi_4_mini_stand_as_they_are_and_mistral_has_them_in_the_question()
    {
        ChatEncoder phi = Chat("phi4_mini"), mistral = Chat("mistral");
        Assert.StartsWith("<|system|><|tool|>[ {} ]<|/tool|><|end|>", Text(phi, phi.EncodeTurns(Row("A", MessageRole.Assistant, "[ {} ]"))[0].Prompt));
        Assert.StartsWith("<s>[INST] [AVAILABLE_TOOLS] [{\"type\": \"function\"", Text(mistral, mistral.EncodeTurns(Row("A", MessageRole.Assistant, Weather))[0].Prompt));
    }

    [Theory]
    [InlineData("""{"name": "f", "arguments": {"a": 1}}""", "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call><|im_end|>\n")]
    [InlineData("""[{"name": "f", "arguments": {}}, {"name": "g", "arguments": {}}]""", "<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>\n<tool_call>\n{\"name\": \"g\", \"arguments\": {}}\n</tool_call><|im_end|>\n")]
    [InlineData("<think>\nwhy\n</think>\n\n{\"name\": \"f\", \"arguments\": {}}", "<think>\nwhy\n</think>\n\n<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call><|im_end|>\n")]
    [InlineData("Let me see. <tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>", "Let me see. <tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call><|im_end|>\n")]
    public void A_call_keeps_what_stands_before_it(string content, string expected) => Assert.Equal(expected, Answer(Chat("qwen3_nothink"), Row(content)));

    [Fact]
    public void Another_format_leaves_only_the_call_and_the_end() =>
        Assert.Equal("f\n{\"a\": 1}</s>", Answer(Chat("mistral", "glm4"), Row("""{"name": "f", "arguments": {"a": 1}}""")));

    [Theory]
    [InlineData("qwen3_nothink", "oops", "", "d.json: row 7: a turn that calls tools: expected JSON, found 'oops'; write")]
    [InlineData("qwen3_nothink", """{"name": "f"}""", "", "d.json: row 7: a turn that calls tools: expected a name and arguments")]
    [InlineData("mistral", "<think>\nwhy\n</think>\n\n{\"name\": \"f\", \"arguments\": {}}", "", "expected JSON")]
    [InlineData("glm4", """[{"name": "f", "arguments": {}}, {"name": "g", "arguments": {}}]""", "", "exactly one call a turn, found 2")]
    [InlineData("glm4_moe", """{"name": "f", "arguments": "text"}""", "", "expected a mapping from names to values")]
    [InlineData("qwen3_nothink", """{"name": "f", "arguments": {}}""", "{\"name\": 1", "d.json: row 7: tools: expected a list of tools as JSON")]
    [InlineData("qwen3_nothink", """{"name": "f", "arguments": {}}""", "{\"name\": \"f\"}", "put brackets around it")]
    [InlineData("default", """{"name": "f", "arguments": {}}""", "[{\"description\": \"f\"}]", "there is no 'name'")]
    [InlineData("default", """{"name": "f", "arguments": {}}""", "[{\"name\": \"f\", \"parameters\": {\"properties\": {\"a\": null}}}]", "tools: 'f': parameter 'a': expected a mapping")]
    public void What_is_no_tool_or_call_is_refused(string template, string content, string tools, string part) =>
        Assert.Contains(part, Assert.Throws<UsageException>(() => Chat(template).EncodeTurns(Row(content, tools: tools))).Message);

    public static TheoryData<string> Templates() => [.. Template.Names];

    [Theory, MemberData(nameof(Templates))]
    public void Every_template_takes_tools_calls_and_results(string template)
    {
        ChatEncoder chat = Chat(template);
        TrainingRow row = new([new(MessageRole.User, "Q"), new(MessageRole.Function, """{"name": "weather", "arguments": {"city": "Rom"}}"""), new(MessageRole.Observation, "sunny"), new(MessageRole.Assistant, "Sunny.")]) { Tools = Weather };
        List<(int[] Prompt, int[] Response)> turns = chat.EncodeTurns(row);
        Assert.Contains("Weather of a city", Text(chat, turns[0].Prompt));
        Assert.Contains("weather", Text(chat, turns[0].Response));
        Assert.Contains("sunny", Text(chat, turns[1].Prompt));
        Assert.Contains("Sunny.", Text(chat, turns[1].Response));
    }

    [Fact]
    public void An_empty_thought_of_glm_4_7_is_its_closing_word()
    {
        TrainingRow row = Row("A", MessageRole.Assistant);
        ChatEncoder on = Chat("glm4_7"), off = Chat("glm4_7", thinking: false), open = Chat("glm4_7", thinking: null);
        Assert.Equal("</think>\nA", Answer(on, row));
        Assert.EndsWith("<|assistant|></think>", Text(off, off.EncodeTurns(row)[0].Prompt));
        Assert.EndsWith("<|assistant|>", Text(on, on.EncodePrompt([row.Messages[0]])));
        Assert.EndsWith("<|assistant|></think>", Text(open, open.EncodePrompt([row.Messages[0]])));
        Assert.Equal("<think>\n\n</think>\n\nA<|im_end|>\n", Answer(Chat("qwen3"), row));
    }

    [Theory]
    [InlineData("[f(a=1, b='x', c=[1, (2,), {'k': None}], d=true)]", """f {"a": 1, "b": "x", "c": [1, [2], {"k": null}], "d": true}""")]
    [InlineData("f(-1, s=\"it's\" '\\u00e9', n=1_0.5e1, h=0x1F)", """f {"s": "it'sé", "n": 105.0, "h": 31}""")]
    [InlineData("[f(), g(a=r'\\d',)]", """f {} g {"a": "\\d"}""")]
    [InlineData("f(a=[true])", null)]
    [InlineData("f(from=1)", null)]
    [InlineData("f(a=1, 2)", null)]
    [InlineData("[]", null)]
    [InlineData("f(a=012)", null)]
    [InlineData("f(a=1) g()", null)]
    public void Calls_in_pythons_notation_are_read(string text, string? expected)
    {
        IReadOnlyList<ToolCall>? calls = ToolFormats.Get("lfm2").Extract($"Hm. <|tool_call_start|>{text}<|tool_call_end|>");
        Assert.Equal(expected, calls is null ? null : string.Join(' ', calls.Select(c => $"{c.Name} {c.Arguments}")));
    }

    [Theory]
    [InlineData("{\"a\": [1, 1.0, -0.0, 1e22, NaN, -Infinity], \"b\": null, \"a\": \"\\ud83d\\ude00\\u007f\"}", "{\"a\": \"😀\u007f\", \"b\": null}")]
    [InlineData("[123456789012345678901234567890, 1e5, 1E-7, true]", "[123456789012345678901234567890, 100000.0, 1e-07, true]")]
    [InlineData(" { } ", "{}")]
    [InlineData("01", null)]
    [InlineData("[1,]", null)]
    [InlineData("{\"a\" 1}", null)]
    [InlineData("\"a\nb\"", null)]
    [InlineData("1 2", null)]
    [InlineData("+1", null)]
    [InlineData(".5", null)]
    [InlineData("", null)]
    public void Json_is_read_and_written_as_python_does(string text, string? expected) =>
        Assert.Equal(expected, PythonJsonReader.TryRead(text, out object? value) ? ToolJson.Line(value) : null);

    [Fact]
    public void Half_a_pair_stays_as_it_is() => Assert.Equal("\"\ud800\"", ToolJson.Line(PythonJsonReader.TryRead("\"\\ud800\"", out object? value) ? value : null));

    [Fact]
    public void Deep_nesting_is_refused_and_does_not_overflow() => Assert.False(PythonJsonReader.TryRead(new string('[', 100_000), out _));

    [Fact]
    public void Any_text_survives_json() => Prop.ForAll<string>(s => s is null || PythonJsonReader.TryRead(PythonJson.Write(s, 0), out object? a) && s.Equals(a) && PythonJsonReader.TryRead(ToolJson.Line(s), out object? b) && s.Equals(b)).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("it's", "it's")]
    [InlineData("[\"string\", \"null\"]", "['string', 'null']")]
    [InlineData("[\"it's\", null, true, 1.0, {\"a\": \"\\n\\u200b\"}]", "[\"it's\", None, True, 1.0, {'a': '\\n\\u200b'}]")]
    public void Values_stand_in_texts_as_in_python(string json, string expected) =>
        Assert.Equal(expected, PythonText.Str(PythonJsonReader.TryRead(json, out object? value) ? value : json));

    [Fact]
    public void Calls_of_openai_messages_become_a_turn()
    {
        string folder = Directory.CreateTempSubdirectory("tools").FullName;
        File.WriteAllText(Path.Combine(folder, "dataset_info.json"), """{"d": {"file_name": "d.json", "formatting": "openai", "columns": {"messages": "messages"}, "tags": {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant", "observation_tag": "tool", "function_tag": "function", "system_tag": "system"}}}""");
        File.WriteAllText(Path.Combine(folder, "d.json"), """[{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": null, "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": {"a": 1}}}]}, {"role": "tool", "content": "r"}]}]""");
        TrainingRow row = DatasetReader.Read(new DatasetRegistry(folder).Get("d")).Rows.Single();
        Directory.Delete(folder, recursive: true);
        Assert.Equal([MessageRole.User, MessageRole.Function], row.Messages.Select(m => m.Role));
        Assert.Equal("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call><|im_end|>\n", Answer(Chat("qwen3_nothink"), row));
    }
}
