using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>Keys that are taken without effect, old spellings, and switches around a recipe.</summary>
[Trait("Category", "Unit")]
public sealed class CompatibilityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("compatibility-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Fault(string text) => Assert.Throws<UsageException>(() => RecipeReader.Parse(text, "r.yaml", allowExtra: false)).Message;

    [Theory]
    [InlineData("deepspeed: examples/deepspeed/ds_z3_config.json", "one process holds everything")]
    [InlineData("deepspeed: {zero_optimization: {stage: 3}}", "one process holds everything")]
    [InlineData("fsdp: [full_shard, auto_wrap]", "one process holds everything")]
    [InlineData("fsdp: full_shard auto_wrap", "one process holds everything")]
    [InlineData("fsdp_config: {fsdp_offload_params: true}", "one process holds everything")]
    [InlineData("ray_num_workers: 4", "one process trains, on this machine")]
    [InlineData("resources_per_worker: {GPU: 1}", "one process trains, on this machine")]
    [InlineData("tensor_model_parallel_size: 4", "without Megatron")]
    [InlineData("use_v1_kernels: true", "attention is always computed piece by piece")]
    [InlineData("flash_attn: fa2", "attention is always computed piece by piece")]
    [InlineData("enable_liger_kernel: true", "the fused operators are always used")]
    [InlineData("use_unsloth: true", "the fused operators are always used")]
    [InlineData("trust_remote_code: true", "there is no remote code to run")]
    [InlineData("tf32: true", "nothing is ever rounded to TF32")]
    [InlineData("bf16_full_eval: true", "bf16 and fp16 say what products of matrices are rounded to")]
    [InlineData("moe_aux_loss_coef: 0.001", "only read by models with experts")]
    public void A_key_without_effect_is_told_in_one_line(string text, string why)
    {
        string notice = Assert.Single(RecipeReader.Parse(text, "r.yaml").Notices);
        Assert.StartsWith($"r.yaml:1: {text[..text.IndexOf(':', StringComparison.Ordinal)]}: changes nothing here: ", notice);
        Assert.Contains(why, notice);
    }

    [Theory]
    [InlineData("flash_attn: fa4", "r.yaml:1: flash_attn: expected one of auto, disabled, off, eager, sdpa, fa2, fa3, found 'fa4'; did you mean 'fa2'?")]
    [InlineData("quantization_method: bnp", "r.yaml:1: quantization_method: expected one of bnb, found 'bnp'; did you mean 'bnb'?")]
    [InlineData("deepspeed: {optimizer: {type: Adam}}", "r.yaml:1: deepspeed: its section 'optimizer' would change the training and is not read; leave it out and use optim, learning_rate, weight_decay and the adam keys")]
    [InlineData("rope_scaling: ntk", "r.yaml:1: rope_scaling: expected one of linear, dynamic, yarn, llama3, found 'ntk'; did you mean 'yarn'?")]
    [InlineData("infer_dtype: bfloat", "r.yaml:1: infer_dtype: expected one of auto, float16, bfloat16, float32, found 'bfloat'; did you mean 'bfloat16'?")]
    [InlineData("train_from_scratch: true", "r.yaml:1: train_from_scratch: needs 'finetuning_type: full', found 'lora': the fresh weights themselves would not be saved; change one of the two")]
    [InlineData("train_sampling_strategy: sorted", "r.yaml:1: train_sampling_strategy: expected one of random, sequential, group_by_length, found 'sorted'; did you mean 'random'?")]
    [InlineData("adapter_folder: inner", "r.yaml:1: adapter_folder: is the folder inside those of adapter_name_or_path, which is not given; name one there")]
    [InlineData("lr_scheduler_type: greedy", "r.yaml:1: lr_scheduler_type: 'greedy' is not supported yet; use 'reduce_lr_on_plateau', which follows evaluations too")]
    [InlineData("use_packed_sequences: true", "r.yaml:1: use_packed_sequences: 'true' is not supported: Megatron is not there; leave it out, and join short rows with packing")]
    [InlineData("lora_rnk: 8", "r.yaml:1: lora_rnk: there is no such key; did you mean 'lora_rank'?")]
    public void What_cannot_be_taken_is_refused(string text, string message) => Assert.Equal(message, Fault(text));

    [Theory]
    [InlineData("{\"scheduler\": {}}", "its section 'scheduler' would change the training")]
    [InlineData("[1]", "is no JSON object")]
    [InlineData("{", "is no JSON: ")]
    [InlineData("{\"zero_optimization\": {\"stage\": 2}, \"bf16\": {\"enabled\": \"auto\"}}", null)]
    public void A_deepspeed_file_is_looked_into(string json, string? fault)
    {
        string file = Path.Combine(_folder, "ds.json");
        File.WriteAllText(file, json);
        if (fault is null) Assert.Single(RecipeReader.Parse($"deepspeed: '{file}'").Notices);
        else Assert.Contains(fault, Fault($"deepspeed: '{file}'"));
    }

    [Theory]
    [InlineData("evaluation_strategy: 'no'", "old spelling of eval_strategy")]
    [InlineData("dpo_beta: 0.1", "old spelling of pref_beta")]
    [InlineData("dpo_ftx: 0.0", "old spelling of pref_ftx")]
    [InlineData("dpo_loss: sigmoid", "old spelling of pref_loss")]
    [InlineData("orpo_beta: 0.1", "old spelling of pref_beta")]
    [InlineData("kto_beta: 0.1", "old spelling of pref_beta")]
    [InlineData("checkpoint_dir: a", "old spelling of adapter_name_or_path")]
    [InlineData("num_layer_trainable: 3", "old spelling of freeze_trainable_layers")]
    [InlineData("name_module_trainable: mlp", "old spelling of freeze_trainable_modules")]
    [InlineData("max_source_length: 512", "both lengths together are cutoff_len")]
    [InlineData("max_target_length: 512", "both lengths together are cutoff_len")]
    [InlineData("quantization_method: bitsandbytes", "is an old value of 'bnb'")]
    [InlineData("flash_attn: true", "is an old value of 'auto'")]
    [InlineData("flash_attn: off", "is an old value of 'disabled'")]
    [InlineData("image_resolution: 589824", "old spelling of image_max_pixels")]
    [InlineData("video_resolution: 65536", "old spelling of video_max_pixels")]
    [InlineData("visual_inputs: true", "no longer used")]
    [InlineData("finetuning_type: none", "is an old value")]
    [InlineData("warmup_steps: 0.1", "is warmup_ratio now")]
    [InlineData("adafactor: true", "write 'optim: adafactor'")]
    public void An_old_spelling_is_taken_with_a_line(string text, string notice) => Assert.Contains(notice, Assert.Single(RecipeReader.Parse(text, "r.yaml").Notices));

    [Fact]
    public void Sampling_strategies_are_the_switches_they_were() =>
        Assert.Equal([(false, false), (true, false), (false, true)],
            ((string[])["random", "sequential", "group_by_length"]).Select(s => RecipeReader.Parse($"train_sampling_strategy: {s}")).Select(r => (r.DisableShuffling, r.GroupByLength)));

    [Fact]
    public void Rows_of_like_length_come_together()
    {
        int[] lengths = [.. Enumerable.Range(0, 64).Select(i => i * 37 % 64)];
        var plan = new TrainingPlan(64, RecipeReader.Parse("per_device_train_batch_size: 2\ngradient_accumulation_steps: 2"));
        var order = new ExampleOrder(plan, 42, shuffle: true) { Lengths = lengths };
        int[] epoch = order.Epoch(0);
        Assert.Equal(Enumerable.Range(0, 64), epoch.Order());
        Assert.Equal(lengths.Max(), lengths[epoch[0]]);
        // 64 rows in updates of 4: groups of 4 updates, each sorted, but for the two rows that changed places.
        foreach (int[] group in epoch.Chunk(16)) Assert.Equal(group.Skip(1).Select(i => lengths[i]).OrderDescending(), group.Skip(1).Select(i => lengths[i]));
        Assert.NotEqual(epoch, order.Epoch(1));
        Assert.Equal(epoch, new ExampleOrder(plan, 42, shuffle: true) { Lengths = lengths }.Epoch(0));
    }

    [Fact]
    public void Unknown_keys_are_passed_over_when_that_is_wished()
    {
        Recipe recipe = RecipeReader.Parse("my_key: 1\nlora_rank: 4", "r.yaml", allowExtra: true);
        Assert.Equal(4, recipe.LoraRank);
        Assert.Equal("r.yaml:1: my_key: there is no such key; did you mean 'do_eval'? It is passed over, because ALLOW_EXTRA_ARGS is set".Replace("do_eval", RecipeKeys.Nearest("my_key"), StringComparison.Ordinal), Assert.Single(recipe.Notices));
        Assert.Throws<UsageException>(() => RecipeReader.Parse("resize_vocab: true", allowExtra: true));
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("Y", true)]
    [InlineData("0", false)]
    [InlineData("yes", false)]
    [InlineData(null, false)]
    public void Switches_of_the_environment_are_read_as_the_reference_does(string? value, bool on) => Assert.Equal(on, EnvironmentSwitches.IsYes(value));

    [Fact]
    public void An_entry_of_a_mapping_is_overridden_alone()
    {
        Recipe recipe = RecipeReader.Parse("lr_scheduler_type: cosine_with_min_lr\nlr_scheduler_kwargs: {min_lr: 1e-6, num_cycles: 0.5}", "r.yaml", ["lr_scheduler_kwargs.num_cycles=1.5", "--lora_rank=2", "learning_rate=1e-3"]);
        Assert.Equal((1e-6, 1.5, 2, 1e-3), (Convert.ToDouble(recipe.LrSchedulerKwargs["min_lr"]), recipe.LrSchedulerKwargs["num_cycles"], recipe.LoraRank, recipe.LearningRate));
        Assert.Equal(2.0, RecipeReader.Parse("lr_scheduler_type: cosine", "r.yaml", ["lr_scheduler_kwargs.num_cycles=2.0"]).LrSchedulerKwargs["num_cycles"]);
        Assert.Contains("one process", Assert.Single(RecipeReader.Parse("", "r.yaml", ["resources_per_worker.GPU=1"]).Notices));
    }

    [Theory]
    [InlineData("linear", 300, "{'max_position_embeddings':384,'rope_scaling':{'rope_type':'linear','factor':3}}")]
    [InlineData("dynamic", 256, "{'max_position_embeddings':256,'rope_scaling':{'rope_type':'dynamic','factor':2,'original_max_position_embeddings':128}}")]
    [InlineData("yarn", null, "{'max_position_embeddings':256,'rope_scaling':{'rope_type':'yarn','factor':2,'original_max_position_embeddings':128}}")]
    [InlineData("llama3", 129, "{'max_position_embeddings':256,'rope_scaling':{'rope_type':'llama3','factor':2,'original_max_position_embeddings':128,'low_freq_factor':1,'high_freq_factor':4}}")]
    public void Positions_reach_as_far_as_the_rows(string kind, int? length, string expected)
    {
        var notices = new List<string>();
        var config = new JsonObject { ["max_position_embeddings"] = 128 };
        Assert.Equal(expected.Replace('\'', '"'), PositionScaling.Apply(config, kind, length, notices.Add).ToJsonString());
        Assert.StartsWith($"rope_scaling: {kind}, factor ", Assert.Single(notices));
        Assert.Equal(128, config["max_position_embeddings"]!.GetValue<int>());
    }

    [Fact]
    public void Positions_that_are_enough_stay()
    {
        var notices = new List<string>();
        var config = new JsonObject { ["max_position_embeddings"] = 128 };
        Assert.Same(config, PositionScaling.Apply(config, "yarn", 128, notices.Add));
        Assert.Equal("rope_scaling: changes nothing here: cutoff_len 128 is not above the 128 positions that the model was made for", Assert.Single(notices));
    }

    [Fact]
    public void A_model_that_is_scaled_already_counts_from_its_first_length()
    {
        var config = (JsonObject)JsonNode.Parse("""{"max_position_embeddings":512,"rope_parameters":{"rope_type":"yarn","rope_theta":5e5,"factor":4.0,"original_max_position_embeddings":128}}""")!;
        JsonObject scaled = PositionScaling.Apply(config, "linear", null, _ => { });
        Assert.Equal((256, 5e5, 2.0, false), (scaled["max_position_embeddings"]!.GetValue<int>(), scaled["rope_theta"]!.GetValue<double>(), scaled["rope_scaling"]!["factor"]!.GetValue<double>(), scaled.ContainsKey("rope_parameters")));
    }

    [Fact]
    public void A_revision_is_a_branch_a_tag_or_a_commit()
    {
        string model = Path.Combine(_folder, "models--me--tiny"), first = new('a', 40), second = "b" + new string('0', 39);
        foreach (string commit in (string[])[first, second]) Directory.CreateDirectory(Path.Combine(model, "snapshots", commit));
        Directory.CreateDirectory(Path.Combine(model, "refs", "pr"));
        File.WriteAllText(Path.Combine(model, "refs", "main"), first + "\n");
        File.WriteAllText(Path.Combine(model, "refs", "pr", "1"), second);
        string Snapshot(string revision) => Path.GetFileName(ModelLocator.Find("me/tiny", _folder, revision));
        Assert.Equal([first, second, second, second], ((string[])["main", "pr/1", second, "b000000"]).Select(Snapshot));
        string fault = Assert.Throws<UsageException>(() => Snapshot("v2")).Message;
        Assert.StartsWith("model_revision: me/tiny: 'v2' is not in ", fault);
        Assert.Contains($"known: {first}, {second}, main, pr/1", fault);
        Assert.Throws<UsageException>(() => Snapshot("../../../x"));
    }

    [Fact]
    public void Every_line_of_the_page_has_a_name_of_its_own()
    {
        string[] lines = [.. CompatibilityPage.Markdown().Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal))];
        Assert.All(lines, l => Assert.Equal(4, l.Replace("\\|", "", StringComparison.Ordinal).Count(c => c == '|')));
        Assert.Equal(RecipeKeys.All.Count(), KeyRows.All().Select(r => r.Name).Distinct().Count());
        Assert.DoesNotContain("System.", string.Concat(lines));
    }

    /// <summary>The page says of each optimizer what a recipe with it gets.</summary>
    [Fact]
    public void Optimizers_of_the_page_are_what_recipes_get()
    {
        foreach (CompatibilityRow row in ValueRows.Optimizers())
        {
            string text = $"finetuning_type: full\noptim: {row.Name}" + (row.Name == "galore_adamw" ? "\noptim_target_modules: all-linear" : "");
            if (row.Fate == Fate.Works) RecipeReader.Parse(text);
            else Assert.Contains(row.Name, Fault(text));
        }
    }
}
