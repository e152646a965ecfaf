namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class TemplateDerivationTests
{
    private const string Chatml = "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nBe kind<|im_end|>\\n' }}{% endif %}{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    private static Tokenizer TokenizerWith(string? jinja)
    {
        Tokenizer tokenizer = BpeTrainer.Train(["The quick brown fox. Be kind. user assistant system"], 300, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]);
        tokenizer.ChatTemplate = jinja;
        return tokenizer;
    }

    [Fact]
    public void Slots_are_found_by_rendering_placeholders()
    {
        Template template = DerivedTemplate.From(TokenizerWith(Chatml));
        Assert.Equal("<|im_start|>user\n{{content}}<|im_end|>\n<|im_start|>assistant\n", template.User.Single().Text);
        Assert.Equal("{{content}}<|im_end|>\n", template.Assistant.Single().Text);
        Assert.Equal("<|im_start|>system\n{{content}}<|im_end|>\n", template.System.Single().Text);
        Assert.Equal("Be kind", template.DefaultSystem);
    }

    [Fact]
    public void A_row_gives_the_ids_of_the_checkpoints_own_rendering()
    {
        Tokenizer tokenizer = TokenizerWith(Chatml);
        EncodedRow row = SupervisedEncoder.For(new Recipe { CutoffLen = 1000 }, tokenizer).Encode(TrainingRow.Of("quick?", "brown."));
        Assert.Equal("<|im_start|>system\nBe kind<|im_end|>\n<|im_start|>user\nquick?<|im_end|>\n<|im_start|>assistant\nbrown.<|im_end|>\n", tokenizer.Decode(row.Ids));
    }

    [Fact]
    public void Without_a_chat_template_texts_stand_as_they_are() =>
        Assert.Equal("empty", SupervisedEncoder.For(new Recipe(), TokenizerWith(null)).Chat.Template.Name);

    [Fact]
    public void A_chat_template_that_refuses_the_placeholders_is_named()
    {
        var e = Assert.Throws<UsageException>(() => DerivedTemplate.From(TokenizerWith("{% if messages[0].role == 'system' %}{{ raise_exception('no system here') }}{% endif %}{{ messages[0].content }}")));
        Assert.Contains("no system here", e.Message);
        Assert.Contains("template: llama3", e.Message);
    }

    [Fact]
    public void The_guess_is_the_template_that_gives_the_same_ids()
    {
        string jinja = Chatml.Replace("{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nBe kind<|im_end|>\\n' }}{% endif %}", "", StringComparison.Ordinal);
        Tokenizer tokenizer = TokenizerWith(jinja);
        Assert.Equal("chatml", TemplateGuess.FromTokenizer(tokenizer));
        var comparison = new TemplateComparison(tokenizer, ChatTemplate.Of(tokenizer)!);
        Assert.All(comparison.Compare(Template.Get("chatml"), jinja), t => Assert.True(t.IsCompared && t.FirstDifference < 0, t.Name));
        Assert.Contains(comparison.Compare(Template.Get("llama3"), jinja), t => t.FirstDifference >= 0);
    }

    [Fact]
    public void Prompts_end_where_the_checkpoint_lets_an_answer_begin()
    {
        var prompts = new CheckpointPrompts(TokenizerWith(Chatml), "model", "Be brief");
        Tokenizer tokenizer = TokenizerWith(Chatml);
        Assert.Equal("<|im_start|>system\nBe brief<|im_end|>\n<|im_start|>user\nquick?<|im_end|>\n<|im_start|>assistant\n", tokenizer.Decode(prompts.EncodePrompt([new(MessageRole.User, "quick?")], null)));
        Assert.Contains(tokenizer.IdOf("<|im_end|>")!.Value, prompts.StopIds);
    }
}
