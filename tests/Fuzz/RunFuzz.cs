using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>Data sets and their registry, adapters, stored rows, and the state of a stopped run.</summary>
[Trait("Category", "Fault")]
public class RunFuzz
{
    private static readonly string[] s_data =
    [
        "instruction", "input", "output", "history", "system", "tools", "messages", "conversations", "from", "value", "role", "content", "human", "gpt", "user", "assistant", "observation", "function_call", "tool", "tool_calls", "text", "prompt", "query", "response", "loss", "weight", "loss_spans", "images", "file_name", "formatting",
        "sharegpt", "openai", "alpaca", "columns", "tags", "role_tag", "content_tag", "num_samples", "ranking", "split", "folder", "subset", "hf_hub_url", "\r\n", "\"\"", ",", "\n", "\uFEFF", "\0", "<image>", "\\ud800",
    ];

    [Fact]
    public void Data()
    {
        string info = """
            {"a":{"file_name":"a.json"},"s":{"file_name":"s.jsonl","formatting":"sharegpt","columns":{"messages":"conversations","system":"system","tools":"tools"},"tags":{"role_tag":"from","content_tag":"value","user_tag":"human","assistant_tag":"gpt","observation_tag":"observation","function_tag":"function_call","system_tag":"system"}},
             "o":{"file_name":"o.json","formatting":"openai","columns":{"messages":"messages"},"tags":{"role_tag":"role","content_tag":"content","user_tag":"user","assistant_tag":"assistant","system_tag":"system"},"num_samples":3},"c":{"file_name":"c.csv","columns":{"prompt":"q","response":"a"}},"t":{"file_name":"t.txt","columns":{"prompt":"text"}}}
            """;
        var files = new FolderTarget("data", s_data, [],
            ("dataset_info.json", Seeds.Utf8(info)),
            ("a.json", Seeds.Utf8("""[{"instruction":"Say","input":"hi","output":"hello","system":"be","history":[["a","b"],["c","d"]],"weight":0.5},{"instruction":"x","input":"","output":"y","loss":true}]""")),
            ("s.jsonl", Seeds.Utf8("""{"conversations":[{"from":"human","value":"a"},{"from":"function_call","value":"{\"name\":\"f\",\"arguments\":{\"a\":1}}"},{"from":"observation","value":"1"},{"from":"gpt","value":"b","loss_spans":[[0,1]]}],"system":"s","tools":"[{\"name\":\"f\",\"description\":\"d\",\"parameters\":{\"type\":\"object\",\"properties\":{}}}]"}""" + "\n"
                + """{"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}],"system":null,"tools":""}""" + "\n")),
            ("o.json", Seeds.Utf8("""[{"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[{"type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","content":"1"},{"role":"assistant","content":"b","weight":1}]},{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"r"}]}]""")),
            ("c.csv", Seeds.Utf8("q,a\n\"one, \"\"two\"\"\",three\n4,\"five\nsix\"\n")),
            ("t.txt", Seeds.Utf8("a line\nanother line\n")));
        string[] names = ["a", "s", "o", "c", "t"], paths = ["a.json", "s.jsonl", "o.json", "c.csv", "t.txt"];
        var tokens = new FewTokens();
        Fuzzer.Run("data", 2000, r => [(byte)r.Next(10), .. files.Make(r)], input => files.With(input[1..], () =>
        {
            int file = input[1], chosen = file == 0 ? input[0] % 5 : file - 1;
            // By its entry, or as a file whose format is found out.
            bool entry = input[0] < 5 || file == 0;
            Recipe recipe = RecipeReader.Parse($"{{stage: {(chosen == 4 ? "pt" : "sft")}, template: qwen, dataset_dir: {JsonSerializer.Serialize(files.Folder)}, dataset: {JsonSerializer.Serialize(entry ? names[chosen] : files.At(paths[chosen]))}}}", "fuzz.yaml");
            LoadedData data = DatasetLoader.Load(recipe);
            ChatEncoder chat = RowEncoders.Chat(recipe, tokens);
            PreparedRows.Of(recipe, chat, data, _ => { });
        }), ["dataset", .. paths, .. names.Select(n => n + ":")], typeof(UsageException));
    }

    [Fact]
    public void Adapter()
    {
        using Backend backend = Backends.Open("reference");
        using var model = new DecoderModel(Families.Read((JsonObject)JsonNode.Parse(Seeds.Config)!, "seed"), WeightSource.Fresh(backend, 7, 0.3));
        AdapterConfig config = new() { BaseModelNameOrPath = "seed", R = 2, LoraAlpha = 4, TargetModules = ["q_proj", "up_proj"], RankPattern = [new("up_proj", 3)], AlphaPattern = [new("up_proj", 5)], ModulesToSave = ["norm"], TaskType = "CAUSAL_LM" };
        string made = Fuzzer.Folder("adapter-made");
        using (AdapterSet set = AdapterSet.Create(model, config, 1)) set.Save(made);
        var files = new FolderTarget("adapter",
            [
                "r", "lora_alpha", "target_modules", "exclude_modules", "modules_to_save", "rank_pattern", "alpha_pattern", "layers_to_transform", "layers_pattern", "trainable_token_indices", "use_dora", "use_rslora", "fan_in_fan_out", "lora_bias", "bias", "all", "lora_only", "init_lora_weights", "pissa", "olora", "all-linear",
                "q_proj", "k_proj", "lm_head", "embed_tokens", "(a+)+$", ".*", "(", "[", "^(q|v)_proj$", "model.layers.0.self_attn.q_proj", "peft_type", "LORA", "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
            ], [], ("adapter_config.json", File.ReadAllBytes(Path.Combine(made, "adapter_config.json"))), ("adapter_model.safetensors", File.ReadAllBytes(Path.Combine(made, "adapter_model.safetensors"))));
        Directory.Delete(made, recursive: true);
        Fuzzer.Run("adapter", 2000, files.Make, input => files.With(input, () =>
        {
            using AdapterSet set = AdapterSet.Load(model, files.Folder);
            set.Attach();
            set.Detach();
        }), [files.Folder], typeof(UsageException), typeof(CheckpointException));
    }

    [Fact]
    public void StoredRows()
    {
        string folder = Fuzzer.Folder("rows");
        Recipe recipe = RecipeReader.Parse($"{{template: default, dataset: x, tokenized_path: {JsonSerializer.Serialize(folder)}}}", "fuzz.yaml");
        TokenizedCache cache = TokenizedCache.For(recipe, RowEncoders.Chat(recipe, new FewTokens()))!;
        string path = Path.Combine(folder, TokenizedCache.FileName);
        cache.Save(new Dictionary<string, EncodedRow[]> { ["train"] = [new([1, 2, 3], [-100, 2, 3]), new([4, 5], [4, 5]) { Pieces = [1, 2], Positions = [0, 0], Padding = 1 }], ["validation"] = [new([7], [7])] });
        byte[] good = File.ReadAllBytes(path);
        Fuzzer.Run("rows", 3000, r => Seeds.DamageSafetensors(good, good, ["train", "validation", "train.rows", "train.ids", "settings", "sets", "I32", "[\\\"train\\\"]", "__metadata__"], r), input =>
        {
            File.WriteAllBytes(path, input);
            cache.Load();
        }, [folder], typeof(UsageException));
    }

    [Fact]
    public void StoppedRun()
    {
        Recipe recipe = RecipeReader.Parse("{stage: sft, output_dir: x}", "fuzz.yaml");
        string made = Fuzzer.Folder("state-made");
        TrainerState state = new() { MaxSteps = 10, NumTrainEpochs = 2, GlobalStep = 4, Epoch = 0.5 };
        state.Log(4, 0.5, 1.25, 0.5, 1e-4);
        state.LogEvaluation([new("eval_loss", 1.5)]);
        state.Consider(1.5, greaterIsBetter: false);
        state.Save(made);
        new RunSnapshot
        {
            GlobalStep = 4,
            LossSum = 5,
            LossesSinceLog = [1, 2.5],
            Tokens = 7,
            PaddedElements = 8,
            Seconds = 1.5,
            EvaluationsWithoutGain = 0,
            Schedule = new() { ["best"] = 1.5 },
            Began = DateTimeOffset.UnixEpoch,
            AnswersBefore = ["a"],
            Rows = "00",
            Settings = ResumePoint.SettingsOf(recipe),
        }.Save(made);
        JsonNode snapshot = JsonNode.Parse(File.ReadAllText(Path.Combine(made, RunSnapshot.FileName)))!;
        ((JsonObject)snapshot["files"]!).Remove("trainer_state.json");   // its checksum would stop every case
        var files = new FolderTarget("state", ["global_step", "epoch", "log_history", "step", "loss", "best_metric", "best_global_step", "total_flos", "files", "bytes", "sha256", "settings", "lora_rank", "schedule", "began", "1970-01-01T00:00:00+00:00", "../x", "/dev/zero"], [],
            ("checkpoint-4/trainer_state.json", File.ReadAllBytes(Path.Combine(made, "trainer_state.json"))), ("checkpoint-4/" + RunSnapshot.FileName, Seeds.Utf8(snapshot.ToJsonString())));
        Directory.Delete(made, recursive: true);
        string folder = files.At("checkpoint-4");
        Recipe resumed = RecipeReader.Parse($"{{stage: sft, output_dir: {JsonSerializer.Serialize(files.Folder)}, resume_from_checkpoint: {JsonSerializer.Serialize(folder)}}}", "fuzz.yaml");
        Fuzzer.Run("state", 2500, files.Make, input => files.With(input, () =>
        {
            ResumePoint point = ResumePoint.Find(resumed)!;
            _ = point.Compare(resumed, "00").ToList();
            var plateau = new PlateauSchedule(1e-3, null);
            plateau.Load(point.Snapshot.Schedule);
            plateau.Report(1);
            var again = new TrainerState { MaxSteps = 10 };
            again.Resume(point.Folder);
            _ = (again.Losses().ToList(), again.Points("eval_loss").ToList(), again.ToJson(), again.WasEvaluated(4));
        }), [folder], typeof(UsageException), typeof(CheckpointException));
    }

    /// <summary>A tokenizer of UTF-16 units, without files.</summary>
    private sealed class FewTokens : ITokenSource
    {
        public int VocabularySize => 0x10000;
        public int? BosId => null;
        public int? EosId => 1;
        public int? PadId => 1;
        public int? UnknownId => null;
        public int[] Encode(string text) => [.. text.Select(c => (int)c)];
        public int? IdOf(string token) => token.Length == 1 ? token[0] : 2;
        public string? TokenOf(int id) => ((char)id).ToString();
        public (int[] Ids, (int Start, int End)[] Spans) EncodeSpans(string text)
        {
            // Both halves of a pair stand where the character stands.
            var spans = new (int, int)[text.Length];
            for (int i = 0, point = 0; i < text.Length; i++)
            {
                spans[i] = (point, point + 1);
                if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) point++;
            }
            return (Encode(text), spans);
        }
    }
}
