using System.Runtime.InteropServices;
using System.Text.Json;
using Pure.Tuner.Pretrain;

namespace Pure.Tuner.Tests;

/// <summary>The shipped model and the quickstart: what a user meets first.</summary>
[Trait("Category", "Unit")]
public sealed class QuickstartTests : IDisposable
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "examples", "quickstart"), s_model = Path.Combine(s_folder, "model");
    private readonly string _temp = Directory.CreateTempSubdirectory("quickstart").FullName;

    public void Dispose() => Directory.Delete(_temp, recursive: true);

    private static PretrainRecipe Pretraining => PretrainRecipe.Read(Path.Combine(Repository.Root, "examples", "pretrain", "tiny_llama.yaml"), []);

    private Recipe Recipe(string name, params string[] overrides) => RecipeReader.Read(Path.Combine(s_folder, "lora_sft.yaml"),
        [$"model_name_or_path={s_model}", $"dataset_dir={Path.Combine(s_folder, "data")}", $"output_dir={Path.Combine(_temp, name)}", "plot_loss=false", "pure_tuner.answers=0", .. overrides]);

    /// <summary>Runs and gives back the loss of each step; whatever was rented must have come back.</summary>
    private static List<double> Run(Recipe recipe, Action<LanguageModel>? onEnd = null)
    {
        Backend? backend = null;
        var losses = new List<double>();
        new TrainingRun(recipe, new SilentReport()) { OnBegin = (m, _) => backend = m.Backend, OnStep = (_, r, _, _) => losses.Add(r.Loss), OnEnd = onEnd }.Run();
        Assert.Equal((0, 0L), (backend!.LiveBlocks, backend.ForgottenBlocks));
        return losses;
    }

    [Fact]
    public void The_generator_writes_the_same_for_the_same_seed()
    {
        static string[] Texts(int seed) => [.. Enumerable.Range(0, 200).Select(i => new Documents(new World(seed), seed).Write(i).ToString())];
        Assert.Equal(Texts(7), Texts(7));
        Assert.NotEqual(Texts(7), Texts(8));
        // Any text can be written alone.
        Assert.Equal(Texts(7)[150], new Documents(new World(7), 7).Write(150).ToString());
    }

    [Fact]
    public void The_shipped_rows_are_what_the_generator_writes()
    {
        PretrainRecipe recipe = Pretraining;
        List<Question> rows = QuickstartRows.Make(new World(recipe.Seed), recipe.Seed);
        string shipped = File.ReadAllText(Path.Combine(s_folder, "data", "quickstart.json"));
        Assert.Equal(shipped, QuickstartRows.Json(rows));
        Assert.Equal(300, JsonDocument.Parse(shipped).RootElement.GetArrayLength());
        Assert.All(rows.GroupBy(r => r.Text), g => Assert.Single(g.Select(r => r.Answer).Distinct()));
    }

    [Fact]
    public void Sums_and_counts_of_the_generator_are_right()
    {
        for (int i = 0; i < 300; i++)
        {
            Question q = Questions.Sum(new Draw(1, i, "test"));
            if (!q.Answer.Contains('=')) continue;
            string[] w = q.Answer.TrimEnd('.').Split(' ');
            Assert.Equal(int.Parse(w[4]), w[1] == "+" ? int.Parse(w[0]) + int.Parse(w[2]) : int.Parse(w[0]) - int.Parse(w[2]));
        }
        Assert.Equal(("forty-two", "twenty", "nineteen"), (English.Words(42), English.Words(20), English.Words(19)));
    }

    [Fact]
    public void The_shipped_model_is_tiny_and_loads()
    {
        Assert.InRange(new FileInfo(Path.Combine(s_model, "model.safetensors")).Length, 4_000_000, 12_000_000);
        using LanguageModel model = LanguageModel.Load(s_model);
        Assert.InRange(model.Decoder.Parameters.Sum(p => p.Shape.Count), 2_000_000, 5_000_000);
        Assert.All(model.Decoder.Parameters, p => Assert.Equal(DType.BF16, p.Value.DType));
        Assert.True(model.Decoder.IsTied);
        Assert.Equal(Pretraining.VocabSize, model.Tokenizer.VocabularySize);
        Assert.NotNull(model.Tokenizer.ChatTemplate);
        foreach (string token in (string[])["<|endoftext|>", "<|im_start|>", "<|im_end|>"]) Assert.Single(model.Tokenizer.Encode(token));
    }

    [Fact]
    public void The_shipped_model_knows_its_world()
    {
        var world = new World(Pretraining.Seed);
        using LanguageModel model = LanguageModel.Load(s_model);
        Person[] people = world.People[..8];
        string[] answers = [.. people.Select(p => string.Concat(new Conversation(model, "chatml").Ask($"Where does {p.Name} live?", new GenerationOptions { MaxNewTokens = 24 })))];
        Assert.True(people.Where((p, i) => answers[i].Contains(p.Town.Name)).Count() >= 6, string.Join('\n', answers));
    }

    [Fact]
    public void A_short_run_learns_and_gives_everything_back()
    {
        List<double> losses = Run(Recipe("short", "max_steps=12", "per_device_train_batch_size=8"));
        Assert.Equal(12, losses.Count);
        Assert.True(losses.TakeLast(3).Average() < 0.6 * losses.Take(2).Average(), string.Join(' ', losses));
    }

    [Fact]
    public void Threads_change_no_byte_of_the_adapter()
    {
        byte[][] adapters = [.. new[] { 1, 2 }.Select(threads =>
        {
            Run(Recipe($"threads{threads}", "max_steps=3", "per_device_train_batch_size=4", $"threads={threads}"));
            return File.ReadAllBytes(Path.Combine(_temp, $"threads{threads}", "adapter_model.safetensors"));
        })];
        Assert.Equal(adapters[0], adapters[1]);
    }

    [Fact]
    public void Bf16_keeps_the_untouchedas_stored_and_trains_in_f32()
    {
        List<double> plain = Run(Recipe("f32", "max_steps=2", "per_device_train_batch_size=2"));
        List<double> bf16 = Run(Recipe("bf16", "max_steps=2", "per_device_train_batch_size=2", "bf16=true"), model =>
        {
            Assert.All(model.Decoder.Parameters, p => Assert.Equal(DType.BF16, p.Value.DType));
            Assert.All(model.Adapter!.Parameters, p => Assert.Equal(DType.F32, p.Value.DType));
        });
        Assert.Equal(plain, bf16);
    }

    [Fact]
    public void A_merged_checkpoint_gives_the_same_logits_when_it_is_read_again()
    {
        string merged = Path.Combine(_temp, "merged");
        float[]? before = null;
        Run(Recipe("merge", "max_steps=2", "per_device_train_batch_size=2"), model =>
        {
            model.MergeAdapter();
            model.Save(merged);
            before = Logits(model);
        });
        using LanguageModel again = LanguageModel.Load(merged);
        Assert.Equal(MemoryMarshal.AsBytes<float>(before).ToArray(), MemoryMarshal.AsBytes<float>(Logits(again)).ToArray());
        using LanguageModel untouched = LanguageModel.Load(s_model);
        Assert.NotEqual(Logits(untouched), before);
    }

    private static float[] Logits(LanguageModel model)
    {
        int[] ids = model.Tokenizer.Encode("<|im_start|>user\nWho are you?<|im_end|>\n<|im_start|>assistant\n");
        using var scope = TensorScope.Begin();
        ForwardContext context = ForwardContext.Packed(ids.Length);
        return model.Decoder.Logits(model.Decoder.Hidden(ids, context), context).ToArray<float>();
    }
}
