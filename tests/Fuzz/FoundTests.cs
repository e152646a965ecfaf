using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>What the fuzz tests found, one case of each kind, in the fewest words that show it.</summary>
[Trait("Category", "Fault")]
public sealed class FoundTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("found-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Ids that are no ids, or one that would need a table of gigabytes.</summary>
    [Theory]
    [InlineData("\"h\":2", "\"h\":\"2\"", "$.model.vocab", "the id of 'h' is \"2\"")]
    [InlineData("\"h\":2", "\"h\":2.5", "$.model.vocab", "the id of 'h' is 2.5")]
    [InlineData("\"h\":2", "\"h\":-2", "$.model.vocab", "an id is negative")]
    [InlineData("\"h\":2", "\"h\":200000000", "$.model.vocab", "the largest id is 200000000 and there are 17 tokens")]
    [InlineData("\"dropout\":null", "\"dropout\":\"a\"", "$.model.dropout", "only null is supported")]
    [InlineData("[\"l\",\"l\"]", "[\"l\",[]]", "$.model.merges[1][1]", "a string is needed")]
    [InlineData("\"Lowercase\"", "\"\\ud800\"", "tokenizer.json", "half of a surrogate pair")]
    [InlineData("l+(?=o)|(?<!x)h{2,3}?", "((a{1000}){1000}){1000}", "$.normalizer.normalizers[2].pattern", "unroll to more than")]
    [InlineData("l+(?=o)|(?<!x)h{2,3}?", "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((a", "$.normalizer.normalizers[2].pattern", "nested more than")]
    public void Tokenizers(string old, string with, params string[] says)
    {
        Assert.Contains(old, Seeds.Tokenizers[0], StringComparison.Ordinal);
        At("tokenizer.json", Seeds.Tokenizers[0].Replace(old, with, StringComparison.Ordinal));
        Refuses<CheckpointException>(() => Tokenizer.Load(_folder), says);
    }

    /// <summary>Loads, and is stopped where a text would take for ever or fill the memory.</summary>
    [Theory]
    [InlineData("l+(?=o)|(?<!x)h{2,3}?", "(?:a|aa)+$", "takes too long on a text of")]
    [InlineData("l+(?=o)|(?<!x)h{2,3}?", "(?:(?:a+)+)+$", "takes too long on a text of")]
    [InlineData("\"content\":\"l\"", "\"content\":\"LONG\"", "a step makes 6500000 characters of a text of 65")]
    public void Tokenizers_at_work(string old, string with, string says)
    {
        string text = Seeds.Tokenizers[0].Replace(old, with.Replace("LONG", new string('l', 100_000), StringComparison.Ordinal), StringComparison.Ordinal);
        if (with.Contains("LONG", StringComparison.Ordinal)) text = text.Replace("l+(?=o)|(?<!x)h{2,3}?", "[a!]", StringComparison.Ordinal);
        At("tokenizer.json", text);
        Tokenizer tokenizer = Tokenizer.Load(_folder);
        Refuses<CheckpointException>(() => tokenizer.Encode(new string('a', 64) + "!"), "tokenizer.json", says);
    }

    [Fact]
    public void Pieces_of_no_length_are_refused()
    {
        At("tokenizer.json", Seeds.Tokenizers[3].Replace("\"length\":5", "\"length\":0", StringComparison.Ordinal));
        Refuses<CheckpointException>(() => Tokenizer.Load(_folder), "$.pre_tokenizer.pretokenizers[3].length", "a number above 0 is needed");
    }

    [Fact]
    public void A_special_tokens_ids_must_be_a_list()
    {
        At("tokenizer.json", Seeds.Tokenizers[1].Replace("\"ids\":[0]", "\"ids\":0", StringComparison.Ordinal));
        Refuses<CheckpointException>(() => Tokenizer.Load(_folder), "$.post_processor.special_tokens.<s>.ids", "a list is needed");
    }

    [Fact]
    public void Settings_of_another_kind_count_as_absent()
    {
        At("tokenizer.json", Seeds.Tokenizers[0]);
        At("tokenizer_config.json", """{"tokenizer_class":[],"padding_side":5,"chat_template":[{"name":[],"template":{}}],"add_bos_token":true,"add_bos_token":false}""");
        Tokenizer tokenizer = Tokenizer.Load(_folder);
        Assert.Equal(("right", null), (tokenizer.PaddingSide, tokenizer.ChatTemplate));
    }

    [Theory]
    [InlineData("\"num_hidden_layers\":1", "\"num_hidden_layers\":2000000000", "'num_hidden_layers' is 2000000000", "a number from 0 to")]
    [InlineData("\"head_dim\":4", "\"head_dim\":100000000", "head_dim is 100000000")]
    [InlineData("\"num_key_value_heads\":1", "\"num_key_value_heads\":1000000000", "1000000000 heads of 4")]
    [InlineData("\"hidden_act\":\"silu\"", "\"hidden_act\":\"\\ud800\"", "half of a surrogate pair")]
    [InlineData("\"rope_scaling\":null", "\"rope_scaling\":{\"rope_type\":\"longrope\",\"short_factor\":[null]}", "'short_factor' is [null]", "a list of numbers")]
    [InlineData("\"rope_scaling\":null", "\"rope_scaling\":{\"rope_type\":\"yarn\"}", "config.json, rope_scaling", "needs a 'factor'")]
    public void Configurations(string old, string with, params string[] says)
    {
        File.WriteAllBytes(Path.Combine(_folder, "model.safetensors"), Seeds.Model());
        string path = At("config.json", Seeds.Config.Replace(old, with, StringComparison.Ordinal));
        Refuses<CheckpointException>(() =>
        {
            using Checkpoint checkpoint = Checkpoint.Open(_folder);
            Families.Read(checkpoint.ReadConfig(), checkpoint.ConfigSource);
        }, [path, .. says]);
    }

    [Fact]
    public void Of_equal_keys_the_last_counts()
    {
        var json = (JsonObject)JsonText.Nodes(Seeds.Utf8("\uFEFF{\"a\":1,\"b\":[{\"c\":1,\"c\":\"x\"}],\"a\":true}"))!;
        Assert.Equal((true, "x"), (json["a"]!.GetValue<bool>(), json["b"]![0]!["c"]!.GetValue<string>()));
        Assert.Equal("""{"a":true,"b":[{"c":"x"}]}""", json.ToJsonString());
    }

    [Theory]
    [InlineData("\"layers_to_transform\": 1.5", "layers_to_transform", "a list of numbers")]
    [InlineData("\"rank_pattern\": {\"q_proj\": 1e20}", "rank_pattern: q_proj", "a whole number above 0")]
    [InlineData("\"rank_pattern\": {\"(\": 4}", "rank_pattern", "'(' is not a regular expression")]
    [InlineData("\"target_modules\": \"([a-z.0-9_]+)+!\"", "target_modules", "takes too long on 'model.")]
    [InlineData("\"target_modules\": \"*\"", "target_modules", "'*' is not a regular expression")]
    [InlineData("\"layers_pattern\": \"(((\", \"layers_to_transform\": [0]", "layers_pattern", "not a regular expression")]
    [InlineData("\"task_type\": \"\\udc00\"", "adapter_config.json", "not JSON")]
    public void Adapters(string key, params string[] says)
    {
        using Backend backend = Backends.Open("reference");
        using var model = new DecoderModel(Families.Read((JsonObject)JsonNode.Parse(Seeds.Config)!, "seed"), WeightSource.Fresh(backend, 7, 0.3));
        AdapterSet.Create(model, new AdapterConfig { R = 2, TargetModules = ["q_proj"] }, 1).Save(_folder);
        string path = Path.Combine(_folder, "adapter_config.json");
        var config = (JsonObject)JsonNode.Parse(File.ReadAllText(path))!;
        foreach (string name in config.Select(p => p.Key).Where(n => key.Contains($"\"{n}\":", StringComparison.Ordinal)).ToArray()) config.Remove(name);
        File.WriteAllText(path, "{" + key + "," + config.ToJsonString()[1..]);
        Refuses<UsageException>(() => AdapterSet.Load(model, _folder).Dispose(), [path, .. says]);
    }

    [Theory]
    [InlineData("stage: &a [*a]", "alias that holds itself")]
    [InlineData("a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e]", "aliases that make more than")]
    [InlineData("dataset: [a, 'b', \noutp", "not a recipe")]
    [InlineData("dataset: \"a\\0b\"", "U+0000")]
    public void Recipes(string text, string says) => Refuses<UsageException>(() => RecipeReader.Parse(text, "r.yaml"), "r.yaml:", says);

    [Fact]
    public void A_recipe_of_a_hundred_thousand_brackets_ends_at_once()
    {
        string deep = new string('[', 100_000) + new string(']', 100_000);
        Refuses<UsageException>(() => RecipeReader.Parse("stage: " + deep, "r.yaml"), "r.yaml:1", "nested more than");
        Refuses<UsageException>(() => RecipeReader.Parse("", "r.yaml", [deep + "=1"]), "command line", "did you mean");
    }

    [Fact]
    public void Rows_drawn_beyond_the_memory_are_refused()
    {
        At("a.json", """[{"instruction":"a","output":"b"}]""");
        At("dataset_info.json", """{"a":{"file_name":"a.json","num_samples":1000000000}}""");
        Recipe recipe = RecipeReader.Parse($"{{dataset: a, dataset_dir: {JsonSerializer.Serialize(_folder)}, template: qwen}}", "r.yaml");
        Refuses<UsageException>(() => DatasetLoader.Load(recipe), "dataset: a: num_samples: 1000000000", "write a smaller number");
        At("dataset_info.json", """{"a":{"file_name":"a\u0000.json"}}""");
        Refuses<UsageException>(() => DatasetLoader.Load(recipe), "dataset_info.json: a: file_name", "U+0000");
    }

    [Theory]
    [InlineData("""{"global_step":1,"epoch":1,"total_flos":1,"log_history":[{"loss":1}]}""", "log_history[0]", "'step'")]
    [InlineData("""{"global_step":1,"epoch":1,"total_flos":1,"log_history":[{"step":1.5}]}""", "not a trainer's state")]
    [InlineData("""{"global_step":"1"}""", "not a trainer's state", "global_step")]
    [InlineData("{", "not a trainer's state", "not JSON")]
    public void States(string text, params string[] says)
    {
        string path = At("trainer_state.json", text);
        Refuses<UsageException>(() => new TrainerState().Resume(_folder), [path, .. says]);
    }

    [Fact]
    public void Logged_words_are_no_losses()
    {
        At("trainer_state.json", """{"global_step":1,"epoch":1,"total_flos":1,"log_history":[{"step":1,"loss":"x","loss":"y"},{"step":2,"loss":0.5}]}""");
        var state = new TrainerState();
        state.Resume(_folder);
        Assert.Equal([(2, 0.5)], state.Losses());
    }

    /// <summary>A file of a checkpoint is a file of its folder, and nothing is null.</summary>
    [Theory]
    [InlineData("\"files\": {}", "\"files\": {\"../x\": {\"bytes\": 0, \"sha256\": \"\"}}", "names the file '../x'")]
    [InlineData("\"files\": {}", "\"files\": {\"x\": null}", "not the JSON of a run's state")]
    [InlineData("\"settings\": {}", "\"settings\": {\"seed\": null}", "not the JSON of a run's state")]
    [InlineData("\"rows\": \"00\"", "\"rows\": null", "not the JSON of a run's state")]
    public void Snapshots(string old, string with, string says)
    {
        new RunSnapshot
        {
            GlobalStep = 1,
            LossSum = 0,
            LossesSinceLog = [],
            Tokens = 0,
            PaddedElements = 0,
            Seconds = 0,
            EvaluationsWithoutGain = 0,
            Schedule = [],
            Began = DateTimeOffset.UnixEpoch,
            AnswersBefore = [],
            Rows = "00",
            Settings = [],
        }.Save(_folder);
        RunSnapshot.Load(_folder);
        string path = Path.Combine(_folder, RunSnapshot.FileName), text = File.ReadAllText(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(old, with, StringComparison.Ordinal));
        Refuses<CheckpointException>(() => RunSnapshot.Load(_folder), path, says);
    }

    [Fact]
    public void Sentences_stay_short_and_plain()
    {
        string message = new UsageException($"file.json: key: expected text, found '{new string('x', 5000)}\u001b[31m'; quote it\nsecond").Message;
        string[] lines = message.Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("file.json: key: expected text, found 'xxx", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("'; quote it", lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', message);
        Assert.InRange(lines[0].Length, 500, 1000);
    }

    [Theory]
    [InlineData("llama.rope.freq_base", float.NaN, "llama.rope.freq_base", "finite number")]
    [InlineData("llama.attention.layer_norm_rms_epsilon", float.PositiveInfinity, "layer_norm_rms_epsilon", "finite number")]
    [InlineData("llama.rope.scaling.factor", -2f, "llama.rope.scaling.factor", "is -2 and must be positive")]
    [InlineData("llama.rope.scaling.attn_factor", 1e30f, "attn_factor", "far beyond")]
    [InlineData("llama.block_count", 2_000_000_000f, "llama.block_count", "a whole number")]
    public void Gguf(string key, float value, params string[] says)
    {
        string path = Path.Combine(_folder, "x.gguf");
        var file = new GgufBuilder().Key("general.architecture", "llama").Key("llama.embedding_length", 8u).Key("llama.block_count", 1u).Key("llama.feed_forward_length", 3u).Key("llama.attention.head_count", 2u).Key("llama.context_length", 64u)
            .Key("llama.attention.layer_norm_rms_epsilon", 1e-5f).Key("llama.rope.freq_base", 1e4f).Key("llama.rope.scaling.type", "yarn").Key("llama.rope.scaling.factor", 2f).Key("llama.rope.scaling.attn_factor", 1.5f).Floats("token_embd.weight", [8, 3], GgufBuilder.Count(24));
        File.WriteAllBytes(path, file.Bytes());
        Checkpoint.Open(path).Dispose();
        File.WriteAllBytes(path, file.With(key, value).Bytes());
        Refuses<CheckpointException>(() => Checkpoint.Open(path).Dispose(), [path, .. says]);
    }

    /// <summary>Widths at the edge of what a number holds, less the length of the text, came out huge.</summary>
    [Theory]
    [InlineData("{{ 'user' | center(-2147483649) }}", "user")]
    [InlineData("{{ 'user'.ljust(-99999999999999999999) }}", "user")]
    [InlineData("{{ '7'.zfill(-2147483648) }}", "7")]
    public void Jinja(string template, string text) => Assert.Equal(text, JinjaTemplate.Parse(template).Render(new JsonObject()).Text);

    private static void Refuses<T>(Action read, params string[] says) where T : Exception
    {
        T e = Assert.Throws<T>(read);
        foreach (string part in says) Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }
}
