namespace Pure.Tuner;

/// <summary>Formats of data and files of checkpoints, and switches of the environment.</summary>
internal static class FileRows
{
    internal static IEnumerable<CompatibilityRow> DataFormats() =>
    [
        new("alpaca", Fate.Works, "instruction, input, output, system, history; plain text in stage `pt`"),
        new("sharegpt", Fate.Works, "messages with `from` and `value`; tools, observations, function calls"),
        new("openai", Fate.Works, "messages with `role` and `content`; tool calls"),
        new("tools", Fate.Works, "a column of any of the three; the template's tool format or `tool_format`"),
        new("tags, columns, num_samples", Fate.Works, "as in LLaMA-Factory's `dataset_info.json`"),
        new("split", Fate.Works, "`train` only, the one part that local files have"),
        new("subset, folder", Fate.Refused, "parts of a data set on a hub, and nothing is downloaded"),
        new("hf_hub_url, ms_hub_url, om_hub_url, script_url, cloud_file_name", Fate.Refused, "nothing is downloaded; with `file_name` beside them they are told and not looked up"),
        new("dataset_dir: ONLINE, REMOTE:…", Fate.Refused, "nothing is downloaded; name a local folder"),
        new("ranking, chosen, rejected, kto_tag", Fate.Refused, "pairs of answers belong to the preference stages, which are not there yet"),
        new("images, videos, audios", Fate.Refused, "not there yet"),
    ];

    internal static IEnumerable<CompatibilityRow> DataFiles() =>
    [
        .. SourceFiles.Endings.Select(e => new CompatibilityRow(e, Fate.Works, "a file, or a folder of files of this kind")),
        .. SourceFiles.Refused.Select(e => new CompatibilityRow(e, Fate.Refused, "convert it to jsonl; the sentence shows how")),
    ];

    internal static IEnumerable<CompatibilityRow> Checkpoints() =>
    [
        new("*.safetensors", Fate.Works, $"whole or in shards: {string.Join(", ", SafetensorsType.WidenedNames)}"),
        new("*.gguf", Fate.Works, "see the formats below; weights, configuration and tokenizer in one file"),
        new("adapter_model.safetensors", Fate.Works, "PEFT's LoRA, rsLoRA, DoRA and PiSSA, with `modules_to_save`"),
        new("pytorch_model.bin, *.pt", Fate.Refused, "convert it to safetensors first"),
    ];

    internal static IEnumerable<CompatibilityRow> Quantised() =>
    [
        .. GgufFormat.All.Where(f => !f.IsPlain).OrderBy(f => f.Widen is null).ThenBy(f => f.Id)
            .Select(f => new CompatibilityRow("GGUF " + f.Name, f.Widen is null ? Fate.Refused : Fate.Works, f.Widen is null ? "only met inside products" : f.Pack is null ? "stays packed" : "stays packed; written too")),
        new("bitsandbytes NF4, FP4, LLM.int8", Fate.Works, "stay packed; 4-bit and 8-bit layouts are written too, and a base is rounded while it is loaded (`quantization_bit`)"),
        new("GPTQ", Fate.Works, "2, 3, 4 and 8 bits, act order, both versions of zero points; stays packed; written too"),
        new("AWQ", Fate.Works, "version gemm, 4 bits; stays packed; written too"),
        new("FP8 (`fp8`, `fbgemm_fp8`, `compressed-tensors` with 8-bit floats)", Fate.Works, "stays packed"),
        new("AQLM, HQQ, EETQ, Quanto, MXFP4 safetensors", Fate.Refused, "`quantization_config` in config.json: use the checkpoint that it was made from"),
    ];

    internal static IEnumerable<CompatibilityRow> Tokenizers() =>
    [
        new("tokenizer.json, BPE", Fate.Works, "byte-level and SentencePiece-like, with every normalizer and pre-tokenizer these use"),
        new("tokenizer.json, Unigram, WordPiece, WordLevel", Fate.Refused, "the sentence names the place in the file"),
        new("GGUF gpt2", Fate.Works, "byte-level BPE by the name of its split pattern"),
        new("GGUF llama", Fate.Works, "SentencePiece BPE"),
        new("GGUF bert, t5, rwkv, plamo2", Fate.Refused, "not built yet"),
        new("tokenizer.model alone", Fate.Refused, "save the tokenizer in the fast format"),
        new("tiktoken files", Fate.Refused, "save the tokenizer in the fast format"),
        new("chat_template, chat_template.jinja", Fate.Works, "rendered as transformers renders it"),
    ];

    internal static IEnumerable<CompatibilityRow> Environment() =>
    [
        new("ALLOW_EXTRA_ARGS", Fate.Works, "unknown keys are told and passed over"),
        new("HF_HOME, HF_HUB_CACHE", Fate.Works, "where checkpoints are looked for"),
        new("MODELSCOPE_CACHE", Fate.Works, "where checkpoints are looked for"),
        new("USE_MODELSCOPE_HUB", Fate.Works, "ModelScope's cache is looked into first"),
        new("USE_OPENMIND_HUB, HF_ENDPOINT, MODELSCOPE_DOMAIN, HF_HUB_OFFLINE, HF_DATASETS_OFFLINE, HF_TOKEN", Fate.NoEffect, "nothing is downloaded"),
        new("DISABLE_VERSION_CHECK, FORCE_CHECK_IMPORTS", Fate.NoEffect, "there are no packages to check"),
        new("RECORD_VRAM", Fate.NoEffect, "the peak of memory is told at the end of a run"),
        new("WANDB_DISABLED, WANDB_PROJECT, WANDB_API_KEY", Fate.NoEffect, "nothing is sent to W&B"),
        new("LLAMAFACTORY_VERBOSITY", Fate.NoEffect, "there is one log"),
        new("OPTIM_TORCH, NPU_JIT_COMPILE, ASCEND_RT_VISIBLE_DEVICES, CUDA_VISIBLE_DEVICES", Fate.NoEffect, "the device is chosen by the key `device`"),
        new("FORCE_TORCHRUN, MASTER_ADDR, MASTER_PORT, NNODES, NODE_RANK, NPROC_PER_NODE, RDZV_ID, MIN_NNODES, MAX_NNODES, MAX_RESTARTS", Fate.NoEffect, "one process trains"),
        new("USE_RAY, USE_MCA, USE_MEGATRON_BRIDGE, USE_KT, USE_V1", Fate.NoEffect, "there is one trainer; its keys say what it does"),
        new("API_*, FASTAPI_ROOT_PATH, MAX_CONCURRENT, GRADIO_*, LLAMABOARD_*, ENABLE_SHORT_CONSOLE", Fate.NoEffect, "serving and the web page are not there yet"),
    ];
}
