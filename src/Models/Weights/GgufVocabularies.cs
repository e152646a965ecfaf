namespace Pure.Tuner;

/// <summary>The tokenizer keys of a GGUF file.</summary>
internal static class GgufVocabularies
{
    extension(GgufFile file)
    {
        /// <summary>What the file says of its tokenizer.</summary>
        /// <exception cref="CheckpointException">The keys are missing, of the wrong type or of different lengths.</exception>
        public GgufVocabulary Vocabulary()
        {
            string model = file.Text("tokenizer.ggml.model") ?? throw file.Bad("key 'tokenizer.ggml.model' is missing: the file holds no tokenizer");
            string[] tokens = file.List<string>("tokenizer.ggml.tokens") ?? throw file.Bad("key 'tokenizer.ggml.tokens' is missing: the file holds no vocabulary");
            int[]? types = file.Integers("tokenizer.ggml.token_type");
            float[]? scores = file.List<float>("tokenizer.ggml.scores");
            if (types is not null && types.Length != tokens.Length) throw file.Bad($"key 'tokenizer.ggml.token_type' has {types.Length} entries and there are {tokens.Length} tokens");
            if (scores is not null && scores.Length != tokens.Length) throw file.Bad($"key 'tokenizer.ggml.scores' has {scores.Length} entries and there are {tokens.Length} tokens");
            return new GgufVocabulary(model, file.Text("tokenizer.ggml.pre"), tokens, types, scores, file.List<string>("tokenizer.ggml.merges"),
                file.TokenId("bos"), file.TokenId("eos"), file.TokenId("padding"), file.TokenId("unknown"),
                file.Flag("tokenizer.ggml.add_bos_token"), file.Flag("tokenizer.ggml.add_eos_token"), file.Flag("tokenizer.ggml.add_space_prefix"),
                file.Text("tokenizer.chat_template"));
        }

        /// <summary>tokenizer.ggml.NAME_token_id, or null; some files write 2^32 - 1 for none.</summary>
        public int? TokenId(string name) => file.Integer($"tokenizer.ggml.{name}_token_id") is >= 0 and <= int.MaxValue and var id ? (int)id : null;
    }
}
