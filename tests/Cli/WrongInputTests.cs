using System.Text.RegularExpressions;

namespace Pure.Tuner.Tests;

/// <summary>One bad example of each kind of fault: the answer names file and place, what is expected, and the cure or the nearest right name.</summary>
[Trait("Category", "Fault")]
public sealed class WrongInputTests(WrongInputFixture fixture) : IClassFixture<WrongInputFixture>
{
    /// <param name="Name">What is wrong.</param>
    /// <param name="File">The file that is spoiled; empty for none.</param>
    /// <param name="Old">A pattern in it; null for the whole file.</param>
    /// <param name="New">What stands there instead; null takes the file away.</param>
    /// <param name="Says">Parts of the answer, in any order.</param>
    /// <param name="Args">The command; null trains.</param>
    private sealed record Wrong(string Name, string File, string? Old, string? New, string[] Says, string[]? Args = null);

    private static readonly string[] s_adapter = ["train", "RECIPE", "adapter_name_or_path=DIR/out", "output_dir=DIR/new"], s_resume = ["train", "RECIPE", "resume_from_checkpoint=DIR/out/checkpoint-1", "output_dir=DIR/new"];
    private static readonly string[] s_new = ["train", "RECIPE", "output_dir=DIR/new"];

    private static readonly Wrong[] s_wrong =
    [
        // recipe
        new("no recipe", "", null, "", ["none.yaml", "there is no such recipe", "give the path"], ["train", "none.yaml"]),
        new("unknown key", "recipe.yaml", "lora_rank", "lora_rnk", ["recipe.yaml:5", "lora_rnk", "did you mean 'lora_rank'"]),
        new("a word for a number", "recipe.yaml", "lora_rank: 2", "lora_rank: two", ["recipe.yaml:5", "lora_rank", "whole number", "found 'two'"]),
        new("a value out of range", "recipe.yaml", "lora_rank: 2", "lora_rank: -2", ["recipe.yaml:5", "lora_rank", "-2"]),
        new("a choice misspelled", "recipe.yaml", "finetuning_type: lora", "finetuning_type: loar", ["recipe.yaml:4", "finetuning_type", "did you mean 'lora'"]),
        new("not YAML", "recipe.yaml", "stage: sft", "stage: [sft", ["recipe.yaml:", "write one 'key: value' a line"]),
        new("a list", "recipe.yaml", null, "- a\n- b\n", ["recipe.yaml:1", "expected 'key: value' lines"]),
        new("a tab", "recipe.yaml", "stage: sft", "stage:\n\tsft", ["recipe.yaml:3", "tab", "spaces"]),
        new("deep nesting", "recipe.yaml", "stage: sft", "stage: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", ["recipe.yaml:2", "nested more than"]),
        new("an alias in itself", "recipe.yaml", "lora_target: q_proj,v_proj", "lora_target: &a [*a]", ["recipe.yaml:", "'key: value'"]),
        new("a key twice", "recipe.yaml", "max_steps: 2", "stage: sft", ["recipe.yaml:", "stage"]),
        new("an unknown module", "recipe.yaml", "q_proj,v_proj", "q_prj", ["lora_target", "recipe.yaml:6", "'q_prj'", "q_proj"]),
        new("a bad override", "", null, "", ["command line", "lora_rnk", "did you mean 'lora_rank'"], ["train", "RECIPE", "lora_rnk=2"]),
        new("a key of another stage", "recipe.yaml", "stage: sft", "stage: sfft", ["recipe.yaml:2", "stage", "did you mean 'sft'"]),
        // data
        new("an unknown data set", "recipe.yaml", "dataset: colours", "dataset: colors", ["dataset", "'colors'", "dataset_info.json", "did you mean 'colours'"]),
        new("data gone", "data.json", null, null, ["dataset", "colours", "data.json", "put the file there"]),
        new("data not JSON", "data.json", null, "[{\"instruction\": \"a\" \"output\": \"b\"}]", ["data.json:1", "column", "comma"]),
        new("a row that is no object", "data.json", null, "[1]", ["data.json: row 1", "expected an object", "found the number 1"]),
        new("a field of the wrong kind", "data.json", null, """[{"instruction": "a", "output": "b"}, {"instruction": 5, "output": "b"}]""", ["data.json", "row 2", "instruction", "text"]),
        new("no such field", "data.json", null, """[{"instruction": "a", "answer": "b"}]""", ["data.json", "'output'", "did you mean", "fields: instruction, answer"]),
        new("no rows", "data.json", null, "[]", ["dataset", "no rows"]),
        new("not UTF-8", "data.json", "Blue", "\udc00", ["data.json"]),
        new("half a character", "data.json", "Blue", "\\ud800", ["data.json", "row 1", "surrogate"]),
        new("registry not JSON", "dataset_info.json", null, "{\"colours\": {", ["dataset_info.json:1", "not JSON"]),
        new("registry with an unknown key", "dataset_info.json", "file_name", "file_nam", ["dataset_info.json", "colours", "file_nam", "did you mean 'file_name'"]),
        new("registry with an unknown column", "dataset_info.json", "\"data.json\"", "\"data.json\", \"columns\": {\"promt\": \"instruction\"}", ["dataset_info.json", "colours", "promt", "did you mean 'prompt'"]),
        new("registry with an unknown format", "dataset_info.json", "\"data.json\"", "\"data.json\", \"formatting\": \"sharegp\"", ["dataset_info.json", "colours", "formatting", "did you mean 'sharegpt'"]),
        // template
        new("an unknown template", "recipe.yaml", "template: default", "template: defualt", ["template", "'defualt'", "did you mean 'default'"]),
        // checkpoint
        new("no model", "recipe.yaml", "/model\n", "/modle\n", ["model_name_or_path", "modle"]),
        new("no config", "model/config.json", null, null, ["model/config.json", "missing", "put the model's config.json there"]),
        new("config not JSON", "model/config.json", null, "{\"a\":", ["model/config.json", "not valid JSON", "fetch the file again"]),
        new("config without a size", "model/config.json", "\"hidden_size\":32,", "", ["model/config.json", "'hidden_size' is missing"]),
        new("config with a wrong type", "model/config.json", "\"hidden_size\":32", "\"hidden_size\":\"32\"", ["model/config.json", "'hidden_size'", "a number is expected"]),
        new("an unknown family", "model/config.json", "\"model_type\":\"llama\"", "\"model_type\":\"lama\"", ["model/config.json", "model_type 'lama'", "llama"]),
        new("a key that changes the mathematics", "model/config.json", "\"hidden_size\"", "\"logit_scale\": 0.5, \"hidden_size\"", ["model/config.json", "logit_scale", "not supported"]),
        new("config of another model", "model/config.json", "\"hidden_size\":32", "\"hidden_size\":64", ["model", "tensor 'model.embed_tokens.weight'", "[320, 32]", "[320, 64]"]),
        new("no weights", "model/model.safetensors", null, null, ["model", "no weights", "model.safetensors"]),
        new("weights cut off", "model/model.safetensors", null, "short", ["model.safetensors", "too few", "fetch it again"]),
        new("weights of another kind", "model/model.safetensors", null, "this is not a safetensors file at all", ["model.safetensors", "not a safetensors file"]),
        // tokenizer
        new("no tokenizer", "model/tokenizer.json", null, null, ["model", "no tokenizer.json", "put the model's tokenizer.json there"]),
        new("tokenizer not JSON", "model/tokenizer.json", null, "{", ["model/tokenizer.json", "not JSON", "fetch the file again"]),
        new("an unknown model of tokens", "model/tokenizer.json", "\"BPE\"", "\"BPX\"", ["model/tokenizer.json", "model.type 'BPX'", "known: BPE"]),
        new("an unknown component", "model/tokenizer.json", "\"pre_tokenizer\":\\s*\\{\\s*\"type\":\\s*\"\\w+\"", "\"pre_tokenizer\": {\"type\": \"Bytelevel\"", ["model/tokenizer.json", "pre_tokenizer", "'Bytelevel'", "ByteLevel"]),
        new("a merge of unknown tokens", "model/tokenizer.json", "\"merges\":\\s*\\[", "\"merges\": [\"zq zq\", ", ["model/tokenizer.json", "merges[0]", "'zq'", "not in the vocabulary"]),
        new("tokenizer config not JSON", "model/tokenizer_config.json", null, "nothing", ["model/tokenizer_config.json", "not JSON", "fetch the file again"]),
        new("a chat template that breaks off", "model/chat_template.jinja", null, "{% for m in messages %}", ["line 1", "endfor"], ["template", "check", "DIR/model", "--template", "default"]),
        // adapter
        new("no adapter", "", null, "", ["none/adapter_config.json", "is not there", "name a folder that holds a LoRA adapter"], ["train", "RECIPE", "adapter_name_or_path=DIR/none", "output_dir=DIR/new"]),
        new("adapter config not JSON", "out/adapter_config.json", null, "{", ["out/adapter_config.json:1", "not JSON"], s_adapter),
        new("adapter config with a wrong type", "out/adapter_config.json", "\"r\": 2", "\"r\": \"2\"", ["out/adapter_config.json", "r: expected a whole number", "text"], s_adapter),
        new("adapter of another method", "out/adapter_config.json", "\"LORA\"", "\"IA3\"", ["out/adapter_config.json", "peft_type", "'IA3'", "LORA"], s_adapter),
        new("adapter of another rank", "out/adapter_config.json", "\"r\": 2", "\"r\": 3", ["out/adapter_model.safetensors", "lora_A", "[2, 32]", "[3, 32]"], s_adapter),
        new("adapter for other modules", "out/adapter_config.json", "\"q_proj\"", "\"qq_proj\"", ["out", "q_proj.lora_"], s_adapter),
        new("adapter for no module", "out/adapter_config.json", "\"target_modules\": \\[[^\\]]*\\]", "\"target_modules\": [\"x\"]", ["out/adapter_config.json", "target_modules", "no module fits x", "known: q_proj"], s_adapter),
        new("adapter without weights", "out/adapter_model.safetensors", null, null, ["out/adapter_model.safetensors"], s_adapter),
        new("adapter with damaged weights", "out/adapter_model.safetensors", null, "0123456789", ["out/adapter_model.safetensors"], s_adapter),
        // resume
        new("no checkpoint", "", null, "", ["resume_from_checkpoint", "checkpoint-7", "checkpoint-1, checkpoint-2"], ["train", "RECIPE", "resume_from_checkpoint=DIR/out/checkpoint-7", "output_dir=DIR/new"]),
        new("a checkpoint without its state", "out/checkpoint-1/training_state.json", null, null, ["out/checkpoint-1", "training_state.json"], s_resume),
        new("a damaged state", "out/checkpoint-1/training_state.json", null, "{", ["out/checkpoint-1/training_state.json", "damaged"], s_resume),
        new("a damaged file of a checkpoint", "out/checkpoint-1/trainer_state.json", null, "{}", ["out/checkpoint-1/trainer_state.json", "damaged"], s_resume),
        new("a damaged newest checkpoint", "out/checkpoint-2/adapter_model.safetensors", null, "x", ["out/checkpoint-2/adapter_model.safetensors", "damaged", "the one before", "checkpoint-1"], ["train", "RECIPE", "resume_from_checkpoint=true"]),
        new("another recipe", "recipe.yaml", "lora_rank: 2", "lora_rank: 3", ["recipe.yaml:5", "lora_rank", "was made with 2, not 3"], s_resume),
        new("other rows", "data.json", "Blue", "Red", ["dataset", "the rows are not those"], s_resume),
    ];

    public static TheoryData<string> Names => [.. s_wrong.Select(w => w.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_answer_is_one_sentence_with_place_and_cure(string name)
    {
        Wrong wrong = s_wrong.Single(w => w.Name == name);
        string folder = fixture.Fresh();
        try
        {
            if (wrong.File.Length > 0) Spoil(Path.Combine(folder, wrong.File), wrong.Old, wrong.New);
            (int code, string error) = WrongInputFixture.Run(folder, wrong.Args ?? s_new);
            Assert.True(code == 2, $"exit code {code}: {error}");
            foreach (string part in wrong.Says) Assert.True(error.Contains(part, StringComparison.Ordinal), $"'{part}' is missing: {error}");
            Assert.StartsWith("error: ", error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
            Assert.DoesNotContain("--debug shows", error, StringComparison.Ordinal);
            Assert.Single(error.Trim().Split('\n'));
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    private static void Spoil(string path, string? old, string? with)
    {
        if (with is null)
        {
            File.Delete(path);
            return;
        }
        string text = old is null ? with : new Regex(old).Replace(File.ReadAllText(path), with.Replace("$", "$$", StringComparison.Ordinal), 1);
        if (old is not null) Assert.NotEqual(File.ReadAllText(path), text);
        // A lone half of a surrogate pair stands for a byte that is no UTF-8.
        File.WriteAllBytes(path, [.. System.Text.Encoding.UTF8.GetBytes(text.Replace('\udc00', '\u0001')).Select(b => b == 1 ? (byte)0xFF : b)]);
    }
}
