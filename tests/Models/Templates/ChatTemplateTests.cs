using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class ChatTemplateTests
{
    private const string Chatml = "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' }}{% if m['role'] == 'assistant' %}{% generation %}{{ m['content'] + eos_token }}{% endgeneration %}{% else %}{{ m['content'] | trim + '<|im_end|>' }}{% endif %}{{ '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    private static readonly Dictionary<string, string> s_tokens = new() { ["eos_token"] = "<|im_end|>" };

    private static JsonArray Talk(params (string Role, string Content)[] messages) => [.. messages.Select(m => new JsonObject { ["role"] = m.Role, ["content"] = m.Content })];

    [Fact]
    public void A_talk_is_rendered_with_special_tokens_and_the_opening_of_an_answer()
    {
        string text = ChatTemplate.Parse(Chatml, s_tokens).Render(Talk(("user", " Hi ")), new ChatTemplateOptions { AddGenerationPrompt = true }).Text;
        Assert.Equal("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", text);
    }

    [Fact]
    public void What_the_assistant_said_is_found_again()
    {
        RenderedChat chat = ChatTemplate.Parse(Chatml, s_tokens).Render(Talk(("user", "😀"), ("assistant", "yo"), ("user", "2"), ("assistant", "four")));
        Assert.Equal(["yo<|im_end|>", "four<|im_end|>"], chat.Generation.Select(g => chat.Text[g.Start..g.End]));
    }

    [Theory]
    [InlineData("assistant", "go on ", "<|im_start|>assistant\ngo on ")]
    [InlineData("user", "  go on ", "<|im_start|>user\ngo on")]
    public void The_last_message_can_be_continued(string role, string content, string expected) =>
        Assert.Equal(expected, ChatTemplate.Parse(Chatml, s_tokens).Render(Talk((role, content)), new ChatTemplateOptions { ContinueFinalMessage = true }).Text);

    [Fact]
    public void Tools_and_documents_are_none_unless_given()
    {
        var template = ChatTemplate.Parse("{{ tools is none }}{{ documents is none }}{{ enable_thinking is defined }}");
        Assert.Equal("TrueTrueFalse", template.Render([]).Text);
        Assert.Equal("FalseTrueTrue", template.Render([], new ChatTemplateOptions { Tools = [], Variables = new JsonObject { ["enable_thinking"] = false } }).Text);
    }
}
