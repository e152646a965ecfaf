using Pure.Tuner.Cli;

namespace Pure.Tuner.Tests;

/// <summary><c>init</c>: recipes that run as they are written.</summary>
[Trait("Category", "Cli")]
public sealed class InitCommandTests : IDisposable
{
    private static readonly string s_quickstart = Path.Combine(Repository.Root, "examples", "quickstart"), s_model = Path.Combine(s_quickstart, "model"), s_rows = Path.Combine(s_quickstart, "data", "quickstart.json");

    private readonly string _folder = Directory.CreateTempSubdirectory("init").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Inside(string name) => Path.Combine(_folder, name);

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        StringWriter output = new(), error = new();
        return (Shell.Run(args, output, error), output.ToString(), error.ToString());
    }

    [Theory]
    [InlineData("chat", "finetuning_type: lora", "lora_rank: 16")]
    [InlineData("style", "finetuning_type: lora", "lora_rank: 8")]
    [InlineData("knowledge", "finetuning_type: full", "learning_rate: 0.0005")]
    public void The_recipe_of_a_goal_trains_as_it_is(string goal, params string[] settings)
    {
        string recipe = Inside("r.yaml"), saves = Inside("saves");
        (int code, string output, string error) = Run("init", recipe, $"model={s_model}", $"data={s_rows}", $"goal={goal}", $"output_dir={saves}");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("⟦My name is Pim. Happy to help!<|im_end|>", output);
        Assert.Contains($"run it with: pure-tuner train {recipe}", output);
        string text = File.ReadAllText(recipe);
        foreach (string setting in settings.Append("stage: sft").Append("cutoff_len: 128").Append("val_size: 15")) Assert.Contains(setting, text);
        Assert.True(text.Split('\n').Length < 30);
        Assert.Empty(RecipeReader.Read(recipe).Notices);
        (code, output, error) = Run("train", recipe, "max_steps=2", "pure_tuner.answers=0", "plot_loss=false");
        Assert.True(code == 0, output + error);
        Assert.Contains("step    2/2", output);
        Assert.True(File.Exists(Path.Combine(saves, goal == "knowledge" ? "model.safetensors" : "adapter_model.safetensors")));
    }

    [Fact]
    public void Plain_text_is_for_knowledge_and_trains_too()
    {
        string text = Inside("t.txt"), recipe = Inside("r.yaml");
        File.WriteAllText(text, string.Concat(Enumerable.Range(0, 60).Select(i => $"Oakhaven is town number {i}. It lies in a deep forest and is known for its honey.\n")));
        Assert.Contains("take goal=knowledge", Run("init", recipe, $"model={s_model}", $"data={text}", "goal=chat").Error);
        Assert.False(File.Exists(recipe));
        Assert.Equal(0, Run("init", recipe, $"model={s_model}", $"data={text}", "goal=knowledge", $"output_dir={Inside("out")}").Code);
        Assert.Contains("stage: pt", File.ReadAllText(recipe));
        (int code, string output, string error) = Run("train", recipe, "max_steps=1", "pure_tuner.answers=0", "plot_loss=false");
        Assert.True(code == 0, output + error);
    }

    [Fact]
    public void A_name_of_the_registry_keeps_its_folder()
    {
        string recipe = Inside("r.yaml");
        Assert.Equal(0, Run("init", recipe, $"model={s_model}", "data=quickstart", $"dataset_dir={Path.Combine(s_quickstart, "data")}", "goal=style").Code);
        Recipe read = RecipeReader.Read(recipe);
        Assert.Equal(("quickstart", Path.Combine(s_quickstart, "data"), "saves/model-style"), (read.Dataset.Single(), read.DatasetDir, read.OutputDir));
    }

    [Fact]
    public void Odd_names_survive_the_recipe()
    {
        string rows = Inside("my rows, #1: ü.jsonl"), recipe = Inside("r.yaml");
        File.WriteAllText(rows, string.Concat(Enumerable.Range(0, 5).Select(i => $"{{\"instruction\": \"q{i}\", \"output\": \"a{i}\"}}\n")));
        Assert.Equal(0, Run("init", recipe, $"model={s_model}", $"data={rows}", "goal=chat").Code);
        Recipe read = RecipeReader.Read(recipe);
        Assert.Equal(rows, read.Dataset.Single());
        Assert.Equal(0, read.ValSize);
        Assert.Equal(5, DatasetReader.Read(read).Rows.Count);
    }

    [Fact]
    public void Questions_are_asked_until_the_answer_fits()
    {
        string recipe = Inside("r.yaml");
        StringWriter output = new();
        using var context = new CommandContext(Arguments.Parse("init", [recipe]), output, TextWriter.Null);
        Assert.Equal(0, InitCommand.Run(context, new StringReader($"nowhere\n{s_model}\n\n{s_rows}\nchatt\nchat\n")));
        Assert.Contains("nowhere: no such folder or file", output.ToString());
        Assert.Contains("did you mean 'chat'?", output.ToString());
        Assert.Contains("finetuning_type: lora", File.ReadAllText(recipe));
    }

    [Fact]
    public void Nothing_is_overwritten_and_nobody_is_asked_through_a_pipe()
    {
        string recipe = Inside("r.yaml");
        File.WriteAllText(recipe, "mine");
        (int code, _, string error) = Run("init", recipe, $"model={s_model}", $"data={s_rows}", "goal=chat");
        Assert.Equal(2, code);
        Assert.Contains("is there already", error);
        Assert.Equal("mine", File.ReadAllText(recipe));
        Assert.Equal(0, Run("init", recipe, $"model={s_model}", $"data={s_rows}", "goal=chat", "overwrite=true").Code);
        foreach ((string[] args, string part) in ((string[], string)[])[(["init", Inside("n.yaml")], "init: model: not given; write model=…"), (["init", Inside("n.yaml"), $"model={s_model}"], "init: data: not given"), (["init", Inside("n.json")], "ends in .yaml"), (["init", Inside("n.yaml"), $"model={s_model}", "data=none.json"], "'none.json' is not there")])
        {
            (code, _, error) = Run(args);
            Assert.Equal(2, code);
            Assert.Contains(part, error);
        }
    }

    [Fact]
    public void Rows_that_would_end_a_run_are_refused()
    {
        string rows = Inside("r.jsonl");
        File.WriteAllText(rows, "{\"instruction\": \"a\", \"output\": \"b\"}\n{\"instruction\": 1, \"output\": \"b\"}\n");
        Assert.Contains($"a run would end at 1 of the 2 rows of {rows}; mend them first", Run("init", Inside("r.yaml"), $"model={s_model}", $"data={rows}", "goal=chat").Error);
    }
}
