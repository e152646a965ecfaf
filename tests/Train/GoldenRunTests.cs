using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>What whole runs of the reference say about recipes, the order of rows and the start of LoRA.</summary>
[Trait("Category", "Golden")]
public class GoldenRunTests
{
    public static TheoryData<string> Runs()
    {
        TheoryData<string> data = [];
        foreach (string name in GoldenCase.List())
            if (name.StartsWith("lf_run/", StringComparison.Ordinal) || name.StartsWith("real/", StringComparison.Ordinal) && File.Exists(Path.Combine(Repository.GoldenRoot, name, "train.yaml"))) data.Add(name);
        if (data.Count == 0) data.Add("");
        return data;
    }

    private static GoldenCase Load(string name)
    {
        Skip.If(name.Length == 0, $"no golden cases in {Repository.GoldenRoot} (set GOLDEN_ROOT)");
        return GoldenCase.Load(Path.Combine(Repository.GoldenRoot, name));
    }

    [SkippableTheory, MemberData(nameof(Runs))]
    public void Recipes_parse_or_are_refused_by_name(string name)
    {
        GoldenCase golden = Load(name);
        string stage = golden.Settings.GetProperty("stage").GetString()!;
        if (stage is not ("sft" or "pt"))
        {
            Assert.Contains($"stage: '{stage}'", Assert.Throws<UsageException>(() => RecipeReader.Read(golden.Path("train.yaml"))).Message);
            return;
        }
        Recipe r = RecipeReader.Read(golden.Path("train.yaml"));
        RecipeChecks.ForTraining(r);
        Assert.Equal(golden.Settings.GetProperty("learning_rate").GetDouble(), r.LearningRate);
        if (File.Exists(golden.Path("export.yaml"))) RecipeChecks.ForExport(RecipeReader.Read(golden.Path("export.yaml")));
    }

    [SkippableTheory, MemberData(nameof(Runs))]
    public void Rows_come_in_the_same_order(string name)
    {
        GoldenCase golden = Load(name);
        JsonElement s = golden.Settings;
        int Get(string key, int otherwise) => s.TryGetProperty(key, out JsonElement v) ? (int)v.GetDouble() : otherwise;
        var plan = new TrainingPlan(golden.Json.TryGetProperty("train_rows", out JsonElement rows) ? rows.GetInt32() : Get("max_samples", 0), Get("per_device_train_batch_size", 8), Get("gradient_accumulation_steps", 1), s.TryGetProperty("num_train_epochs", out JsonElement e) ? e.GetDouble() : 3, Get("max_steps", -1), false);
        var order = new ExampleOrder(plan, Get("seed", 42), !s.TryGetProperty("disable_shuffling", out _));
        int[][][] expected = [.. golden.Json.GetProperty("example_order").EnumerateArray().Select(step => step.EnumerateArray().Select(b => b.EnumerateArray().Select(r => r.GetInt32()).ToArray()).ToArray())];
        Assert.Equal(expected.Length, plan.TotalSteps);
        for (int step = 0; step < expected.Length; step++) Assert.Equal(expected[step], order.Step(step));
    }

    [SkippableTheory, MemberData(nameof(Runs))]
    public void Lora_starts_at_the_same_numbers(string name)
    {
        GoldenCase golden = Load(name);
        string file = golden.Path("adapter_init/adapter_model.safetensors");
        Skip.IfNot(File.Exists(file), "this run has no adapter");
        Dictionary<string, GoldenTensor> start = GoldenCase.ReadTensors(file);
        string[] order = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];
        string[] modules = [.. start.Keys.Where(k => k.EndsWith(".lora_A.weight", StringComparison.Ordinal)).Select(k => k[..^".lora_A.weight".Length])
            .OrderBy(m => int.Parse(m.Split('.')[4])).ThenBy(m => Array.IndexOf(order, m.Split('.')[^1]))];
        int i = 0;
        foreach (float[] a in LoraStart.Draw(42, modules.Select(m => new LoraShape(start[m + ".lora_A.weight"].Shape[1], start[m + ".lora_A.weight"].Shape[0], start[m + ".lora_B.weight"].Shape[0]))))
        {
            Assert.True(start[modules[i] + ".lora_A.weight"].Floats().AsSpan().SequenceEqual(a), $"{modules[i]}: other numbers, first {a[0]:R} where {start[modules[i] + ".lora_A.weight"].Floats()[0]:R} is expected");
            i++;
        }
    }

    [SkippableTheory, MemberData(nameof(Runs))]
    public void Rows_become_the_same_ids_and_labels(string name)
    {
        GoldenCase golden = Load(name);
        Skip.IfNot(golden.Settings.GetProperty("stage").GetString() == "sft" && !golden.Settings.TryGetProperty("neat_packing", out _), "texts and packed rows are compared by the whole runs");
        Recipe r = RecipeReader.Read(golden.Path("train.yaml"));
        string data = golden.Path(r.DatasetDir), model = golden.Path(r.ModelNameOrPath!);
        if (golden.Area == "real")
        {
            data = Environment.GetEnvironmentVariable("GOLDEN_DATA") ?? data;
            // The same vocabulary as a folder: reading it out of the GGUF file is another part's work.
            model = Path.Combine(Repository.GoldenRoot, "text", "tokenizers", "smollm2");
        }
        Skip.IfNot(Directory.Exists(data) && Directory.Exists(model), $"{data} or {model} is not there");
        DatasetRows rows = DatasetReader.Read(r with { DatasetDir = data });
        if (golden.Json.TryGetProperty("train_rows", out JsonElement count)) Assert.Equal(count.GetInt32(), rows.Rows.Count);
        SupervisedEncoder encoder = SupervisedEncoder.For(r, Tokenizer.Load(model));
        var order = new ExampleOrder(new TrainingPlan(rows.Rows.Count, r), r.ResolvedDataSeed, !r.DisableShuffling);
        long places = 0;
        int micro = 0, steps = golden.Json.GetProperty("example_order").GetArrayLength();
        int[] targets = [.. golden.Json.GetProperty("num_items_in_batch").EnumerateArray().Select(n => n.GetInt32())];
        for (int step = 0; step < steps; step++)
        {
            int sum = 0;
            foreach (int[] batch in order.Step(step))
            {
                Batch packed = Batch.Pack([.. batch.Select(i => encoder.Encode(rows.Rows[i]))]);
                GoldenTensor ids = golden[$"in.micro{micro:00}.input_ids"], labels = golden[$"in.micro{micro:00}.labels"];
                Assert.Equal(ids.Count, packed.PaddedElements);
                int width = ids.Shape[1];
                for (int row = 0; row < batch.Length; row++)
                {
                    Range place = packed.Offsets[row]..packed.Offsets[row + 1];
                    int length = packed.Offsets[row + 1] - packed.Offsets[row];
                    Assert.Equal<int>(ids.Ints()[(row * width)..(row * width + length)], packed.Ids[place]);
                    Assert.Equal<int>(labels.Ints()[(row * width)..((row + 1) * width)], new List<int>([.. packed.Labels[place], .. Enumerable.Repeat(-100, width - length)]));
                }
                sum += packed.Targets;
                places += packed.PaddedElements;
                micro++;
            }
            Assert.Equal(targets[step], sum);
        }
        double flos = JsonDocument.Parse(File.ReadAllBytes(golden.Path("output/train_results.json"))).RootElement.GetProperty("total_flos").GetDouble();
        Assert.Equal(0, flos % TrainResults.Flos(1, places));
        if (golden.Name == "sft_full") Assert.Equal(flos, TrainResults.Flos(590_976, places));
        string jinja = golden.Path("output/chat_template.jinja");
        string modelfile = golden.Path("merged/Modelfile");
        if (File.Exists(modelfile)) Assert.Equal(AfterFirstLine(File.ReadAllText(modelfile)), AfterFirstLine(Modelfile.Write(encoder.Chat)!));      // the first names the program
        if (File.Exists(jinja)) Assert.Equal(File.ReadAllText(jinja), encoder.Chat.ReplacementChatTemplate(Tokenizer.Load(model).ChatTemplate));
    }

    private static string AfterFirstLine(string text) => text[text.IndexOf('\n')..];
}
