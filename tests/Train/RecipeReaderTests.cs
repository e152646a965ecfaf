namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class RecipeReaderTests
{
    private static string Fault(string text, params string[] overrides) =>
        Assert.Throws<UsageException>(() => RecipeReader.Parse(text, "r.yaml", overrides)).Message;

    [Fact]
    public void Defaults_are_those_of_the_reference()
    {
        Recipe r = RecipeReader.Parse("");
        Assert.Equal(("sft", "lora", 8, 16, 5e-5, 3.0, 42L), (r.Stage, r.FinetuningType, r.LoraRank, r.ResolvedLoraAlpha, r.LearningRate, r.NumTrainEpochs, r.Seed));
        Assert.Equal(["all"], r.LoraTarget);
        Assert.Null(r.Checkpointing);
    }

    [Fact]
    public void A_shipped_recipe_is_read_with_comments_and_sections()
    {
        Recipe r = RecipeReader.Parse("""
            ### model
            model_name_or_path: meta-llama/Meta-Llama-3-8B-Instruct
            trust_remote_code: true
            ### method
            stage: sft
            do_train: true
            finetuning_type: lora
            lora_rank: 8
            lora_target: all
            ### dataset
            dataset: identity,alpaca_en_demo
            template: llama3
            cutoff_len: 2048
            max_samples: 1000
            preprocessing_num_workers: 16
            dataloader_num_workers: 4
            ### output
            output_dir: saves/llama3-8b/lora/sft
            logging_steps: 10
            save_steps: 500
            plot_loss: true
            overwrite_output_dir: true
            save_only_model: false
            report_to: none  # choices: [none, wandb, tensorboard, swanlab, mlflow]
            ### train
            per_device_train_batch_size: 1
            gradient_accumulation_steps: 8
            learning_rate: 1.0e-4
            num_train_epochs: 3.0
            lr_scheduler_type: cosine
            warmup_ratio: 0.1
            bf16: true
            ddp_timeout: 180000000
            resume_from_checkpoint: null
            ### eval
            # val_size: 0.1
            """);
        Assert.Equal(["identity", "alpaca_en_demo"], r.Dataset);
        Assert.Equal((1e-4, 0.1, true, 8), (r.LearningRate, r.WarmupRatio, r.Bf16, r.GradientAccumulationSteps));
        Assert.Equal(3, r.Notices.Count);
        RecipeChecks.ForTraining(r);
    }

    [Fact]
    public void Json_is_read_too() =>
        Assert.Equal(["q_proj", "v_proj"], RecipeReader.Parse("{\n\t\"lora_target\": [\"q_proj\", \"v_proj\"],\n\t\"lora_rank\": 4\n}", "r.json").LoraTarget);

    [Theory]
    [InlineData("learning_rate: 1e-4")]
    [InlineData("learning_rate: \"1.0e-4\"")]
    [InlineData("learning_rate: 0.0001")]
    public void Numbers_may_be_written_in_several_ways(string text) => Assert.Equal(1e-4, RecipeReader.Parse(text).LearningRate);

    [Theory]
    [InlineData("lora_target: q_proj, v_proj")]
    [InlineData("lora_target: [q_proj, v_proj]")]
    [InlineData("lora_target:\n- q_proj\n- v_proj")]
    public void Lists_may_be_written_with_commas(string text) => Assert.Equal(["q_proj", "v_proj"], RecipeReader.Parse(text).LoraTarget);

    [Fact]
    public void Overrides_win_and_may_be_lists_or_options()
    {
        Recipe r = RecipeReader.Parse("lora_rank: 8\nlora_target: all", "r.yaml", ["lora_rank=4", "--lora_target=[q_proj,v_proj]", "lr_scheduler_kwargs={\"num_cycles\": 1.5}", "lr_scheduler_type=cosine", "pure_tuner.answers=7"]);
        Assert.Equal((4, 2, 1.5, 7), (r.LoraRank, r.LoraTarget.Count, r.LrSchedulerKwargs["num_cycles"], r.PureTuner.Answers));
        Assert.Equal("command line: lora_rank: expected a whole number, found 'eight'; write for example 'lora_rank: 8'", Fault("", "lora_rank=eight"));
    }

    [Theory]
    [InlineData("stage: sft\nlora_rnak: 8", "r.yaml:2: lora_rnak: there is no such key; did you mean 'lora_rank'?")]
    [InlineData("lora_rank: 8.5", "r.yaml:1: lora_rank: expected a whole number, found '8.5'; write for example 'lora_rank: 8'")]
    [InlineData("lora_rank: 0", "r.yaml:1: lora_rank: expected a number of at least 1, found '0'; the default is 8")]
    [InlineData("lora_dropout: 1.5", "r.yaml:1: lora_dropout: expected a number from 0 to 1, found '1.5'; the default is 0.0")]
    [InlineData("bf16: maybe", "r.yaml:1: bf16: expected true or false, found 'maybe'; write 'bf16: true'")]
    [InlineData("stage: dpo", "r.yaml:1: stage: 'dpo' is not supported yet; use 'stage: sft' or 'stage: pt'")]
    [InlineData("stage: stf", "r.yaml:1: stage: expected one of sft, pt, found 'stf'; did you mean 'sft'?")]
    [InlineData("finetuning_type: oft", "r.yaml:1: finetuning_type: 'oft' is not supported yet; use 'lora', 'freeze' or 'full'")]
    [InlineData("optim: lion_8bit", "r.yaml:1: optim: 'lion_8bit': that state of few bits is not there yet; use 'lion_32bit'")]
    [InlineData("optim: adafacter", "r.yaml:1: optim: expected one of adamw_torch, adamw_torch_fused, adafactor, sgd, adagrad, rmsprop, lion_32bit, galore_adamw, adamw_8bit, paged_adamw_32bit, paged_adamw_8bit, found 'adafacter'; did you mean 'adafactor'?")]
    [InlineData("optim: muon", "r.yaml:1: optim: 'muon' is a switch of its own; write 'use_muon: true' and leave optim out")]
    [InlineData("optim: sgd\noptim_args: momentun=0.9", "r.yaml:2: optim_args: 'sgd' has no 'momentun' (known: momentum, dampening, nesterov); did you mean 'momentum'?")]
    [InlineData("optim: sgd\noptim_args: momentum", "r.yaml:2: optim_args: expected name=value, found 'momentum'; write for example 'momentum=0.9'")]
    [InlineData("optim: lion_32bit\noptim_args: momentum=1", "r.yaml:2: optim_args: 'lion_32bit' takes no arguments, found 'momentum'; leave it out")]
    [InlineData("use_galore: true", "r.yaml:1: use_galore: cannot go together with 'finetuning_type: lora', whose matrices are small already; use 'full' or 'freeze', or leave it out")]
    [InlineData("finetuning_type: full\nuse_galore: true\ngalore_layerwise: true\ngradient_accumulation_steps: 2", "r.yaml:3: galore_layerwise: needs 'gradient_accumulation_steps: 1', found 2; change one of the two")]
    [InlineData("finetuning_type: full\nuse_galore: true\nuse_muon: true", "r.yaml:3: use_muon: cannot be true together with use_galore; keep one of the two")]
    [InlineData("finetuning_type: full\nuse_galore: true\noptim: sgd", "r.yaml:3: optim: use_galore needs 'adamw_torch', found 'sgd'; leave one of the two out")]
    [InlineData("finetuning_type: full\noptim: galore_adamw", "r.yaml:2: optim: 'galore_adamw' needs optim_target_modules; write for example 'optim_target_modules: all-linear', or use_galore in its place")]
    [InlineData("galore_proj_type: both", "r.yaml:1: galore_proj_type: expected one of std, reverse_std, right, left, full, found 'both'; did you mean 'std'?")]
    [InlineData("finetuning_type: full\nadditional_target: lm_head", "r.yaml:2: additional_target: needs 'finetuning_type: lora', found 'full'; with 'freeze' use freeze_extra_modules")]
    [InlineData("label_smoothing_factor: 1.5", "r.yaml:1: label_smoothing_factor: expected a number from 0 to 1, found '1.5'; the default is 0.0")]
    [InlineData("quantization_bit: 3", "r.yaml:1: quantization_bit: expected 4 or 8, found 3; change it")]
    [InlineData("quantization_bit: 4\nquantization_method: hqq", "r.yaml:2: quantization_method: 'hqq' is not supported yet; a base is rounded while it is loaded by 'bnb' only; checkpoints quantised by gptq, awq or bitsandbytes are loaded as they are, without this key")]
    [InlineData("quantization_bit: 4\nfinetuning_type: full", "r.yaml:1: quantization_bit: needs 'finetuning_type: lora', found 'full': rounded weights cannot be trained themselves; change one of the two")]
    [InlineData("quantization_bit: 4\npissa_init: true", "r.yaml:2: pissa_init: cannot go together with quantization_bit, whose weights cannot be taken apart; use 'loftq_init: true' under pure_tuner")]
    [InlineData("pure_tuner:\n  loftq_init: true", "r.yaml:2: pure_tuner.loftq_init: needs quantization_bit; write 'quantization_bit: 4', or leave it out")]
    [InlineData("val_size: 0.1", "r.yaml:1: val_size: there is no dataset to hold rows back from; name one, or leave val_size out")]
    [InlineData("dataset: a\neval_dataset: b\nval_size: 0.1", "r.yaml:3: val_size: cannot be given together with eval_dataset; keep one of the two")]
    [InlineData("dataset: a\nval_size: 1", "r.yaml:2: val_size: 1 would hold back every row: numbers up to 1 are a share, above 1 a number of rows; write for example 'val_size: 0.1' or 'val_size: 2'")]
    [InlineData("dataset: a\nmax_steps: 1\nstreaming: true\nval_size: 0.5", "r.yaml:4: val_size: a stream has no known length to take a share of, found 0.5; give a whole number of rows")]
    [InlineData("streaming: true", "r.yaml:1: streaming: needs max_steps, because a stream has no known end; write for example 'max_steps: 1000'")]
    [InlineData("streaming: true\nmax_steps: 1\nmax_samples: 3", "r.yaml:3: max_samples: cannot be given together with streaming; leave it out, max_steps ends the training")]
    [InlineData("dataset: a,b\ninterleave_probs: 0.5,0.5", "r.yaml:2: interleave_probs: is only read when data sets are interleaved; write 'mix_strategy: interleave_over', or leave it out")]
    [InlineData("dataset: a,b\nmix_strategy: interleave_once\ninterleave_probs: 1", "r.yaml:3: interleave_probs: expected 2 numbers, one for each dataset, found 1; give as many")]
    [InlineData("dataset: a,b\nmix_strategy: interleave_once\ninterleave_probs: 0.5,0.4", "r.yaml:3: interleave_probs: expected shares from 0 on that sum to 1, found the sum 0.9; change them")]
    [InlineData("interleave_probs: a,b", "r.yaml:1: interleave_probs: expected numbers, found 'a'; write for example 'interleave_probs: 0.7,0.3'")]
    [InlineData("mix_strategy: interleave", "r.yaml:1: mix_strategy: expected one of concat, interleave_under, interleave_over, interleave_once, found 'interleave'; did you mean 'interleave_over'?")]
    [InlineData("train_on_prompt: true\nmask_history: true", "r.yaml:2: mask_history: cannot be true together with train_on_prompt; keep one of the two")]
    [InlineData("adapter_name_or_path: a\nfinetuning_type: full", "r.yaml:1: adapter_name_or_path: adapters are only loaded with 'finetuning_type: lora', found 'full'; change one of the two")]
    [InlineData("pure_tuner:\n  answrs: 1", "r.yaml:2: pure_tuner.answrs: there is no such key; did you mean 'pure_tuner.answers'?")]
    [InlineData("lr_scheduler_type: cosine\nlr_scheduler_kwargs: {power: 2}", "r.yaml:2: lr_scheduler_kwargs: 'cosine' has no 'power'; known: num_cycles")]
    [InlineData("- a\n- b", "r.yaml:1: not a recipe: expected 'key: value' lines; write for example 'stage: sft'")]
    public void Faults_name_place_key_and_cure(string text, string message) => Assert.Equal(message, Fault(text));

    [Fact]
    public void All_faults_are_told_at_once() => Assert.Equal(3, Fault("lora_rank: x\nbf16: y\nfoo: 1").Split('\n').Length);

    [Theory]
    [InlineData("lora_rank: 8\nlora_rank: 4", "r.yaml:2:")]
    [InlineData("a: [1, 2", "r.yaml:")]
    [InlineData("a: b: c", "r.yaml:1:")]
    public void Broken_yaml_names_the_line(string text, string start) => Assert.StartsWith(start, Fault(text));

    [Theory]
    [InlineData("lora_rank: 8\nlora_alpha: 16\n\tlora_dropout: 0.1", "r.yaml:3: a tab")]
    [InlineData("pure_tuner:\n\tanswers: 1", "r.yaml:2: a tab")]
    public void A_tab_is_named_with_its_line(string text, string start)
    {
        string fault = Fault(text);
        Assert.StartsWith(start, fault);
        Assert.Contains("use spaces instead of the tab", fault);
    }

    [Fact]
    public void Beams_are_read()
    {
        Recipe r = RecipeReader.Parse("num_beams: 4\nlength_penalty: 0.5");
        Assert.Equal((4, 0.5), (r.NumBeams, r.LengthPenalty));
        Assert.Contains("num_beams", Fault("num_beams: 0"));
    }

    [Theory]
    [InlineData("evaluation_strategy: \"no\"")]
    [InlineData("evaluation_strategy: no")]
    [InlineData("quantization_bit: null")]
    [InlineData("packing: false")]
    [InlineData("eval_dataset: []")]
    [InlineData("deepspeed:")]
    [InlineData("num_beams: 1")]
    [InlineData("val_size: 0")]
    public void A_known_key_at_its_default_is_fine(string text) => RecipeReader.Parse(text);

    [Fact]
    public void Every_default_of_every_known_key_is_accepted()
    {
        foreach (RecipeKey key in RecipeKeys.All)
        {
            if (key.Default is System.Collections.IDictionary) continue;
            string value = RecipeBinder.Show(key.Default is List<object?> ? "[]" : key.Default);
            if (value.Length == 0) value = "\"\"";
            RecipeReader.Parse($"{key.Name}: {value}");
        }
    }

    [Fact]
    public void Old_spellings_are_taken_with_a_notice()
    {
        Recipe r = RecipeReader.Parse("warmup_steps: 0.1\ncheckpoint_dir: a,b\nmax_source_length: 100\nmax_target_length: 28\nflash_attn: true\nvisual_inputs: true", "r.yaml");
        Assert.Equal((0.1, 0, 2, 128), (r.WarmupRatio, r.WarmupSteps, r.AdapterNameOrPath.Count, r.CutoffLen));
        Assert.Equal(6, r.Notices.Count);
        Assert.Equal("r.yaml:1: warmup_steps: a share of the steps is warmup_ratio now", r.Notices[0]);
    }

    [Fact]
    public void Written_recipes_read_back_the_same()
    {
        Recipe r = RecipeReader.Parse("model_name_or_path: 'C:\\m \"x\"'\nlearning_rate: 1e-4\nlora_target: q_proj,v_proj\nlora_rank: 4\nlr_scheduler_type: cosine\nlr_scheduler_kwargs: {num_cycles: 1.5}\nseed: 7\ntemplate: yes");
        string yaml = RecipeWriter.ToYaml(r);
        Recipe again = RecipeReader.Parse(yaml);
        Assert.Equal(yaml, RecipeWriter.ToYaml(again));
        Assert.Equal((r.ModelNameOrPath, r.LearningRate, 8, "yes"), (again.ModelNameOrPath, again.LearningRate, again.LoraAlpha!.Value, again.Template));
        Assert.Equal(yaml, RecipeWriter.ToYaml(RecipeReader.Parse(RecipeWriter.ToJson(r), "args.json")));
    }

    [Theory]
    [InlineData("lora_rank", "lora_rank", 0)]
    [InlineData("lora_rnak", "lora_rank", 1)]
    [InlineData("rank", "lora_rank", 5)]
    public void Distances_count_swaps_once(string a, string b, int distance) => Assert.Equal(distance, RecipeKeys.Distance(a, b));

    [Theory]
    [InlineData("UseRslora", "use_rslora")]
    [InlineData("AdamBeta1", "adam_beta1")]
    [InlineData("PureBf16", "pure_bf16")]
    public void Properties_give_the_key(string property, string key) => Assert.Equal(key, RecipeKeys.KeyName(property));
}
