using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Pure.Tuner.Pretrain;

/// <summary>Texts to a checkpoint: tokenizer, fresh decoder, updates, files.</summary>
internal sealed class Pretraining(PretrainRecipe recipe, TextWriter output)
{
    private const string EndOfText = "<|endoftext|>", Start = "<|im_start|>", End = "<|im_end|>";

    private readonly World _world = new(recipe.Seed);
    private readonly Documents _documents = new(new World(recipe.Seed), recipe.Seed);

    public void Run()
    {
        var clock = Stopwatch.StartNew();
        File.WriteAllText(recipe.QuickstartData, QuickstartRows.Json(QuickstartRows.Make(_world, recipe.Seed)));
        Tokenizer tokenizer = MakeTokenizer();
        using Backend backend = Backends.Open("cpu");
        JsonObject config = Config(tokenizer);
        using var model = new DecoderModel(Families.Read(config, "tiny_llama"), WeightSource.Fresh(backend, recipe.Seed, 0.02));
        foreach (Parameter parameter in model.Parameters) parameter.RequiresGrad = true;
        Say($"{model.Parameters.Sum(p => p.Shape.Count):N0} parameters, {tokenizer.VocabularySize:N0} tokens in the vocabulary ({clock.Elapsed.TotalSeconds:F0} s)");

        Train(model, tokenizer, clock);
        using (DecoderModel stored = Save(model, tokenizer, config)) Examine(stored, tokenizer);
        Say($"written to {recipe.OutputDir} after {clock.Elapsed.TotalSeconds:F0} s");
    }

    private Tokenizer MakeTokenizer()
    {
        Tokenizer tokenizer = BpeTrainer.Train(Enumerable.Range(0, recipe.TokenizerTexts).Select(i => _documents.Write(i).ToString().Replace(Start, "", StringComparison.Ordinal).Replace(End, "", StringComparison.Ordinal)), recipe.VocabSize, [EndOfText, Start, End]);
        tokenizer.SetSpecialToken("eos_token", EndOfText);
        tokenizer.SetSpecialToken("pad_token", EndOfText);
        tokenizer.SetConfig("model_max_length", recipe.MaxPositions);
        tokenizer.SetConfig("clean_up_tokenization_spaces", false);
        tokenizer.ChatTemplate = new ChatEncoder(Template.Get("chatml"), tokenizer).ReplacementChatTemplate(null);
        return tokenizer;
    }

    private JsonObject Config(Tokenizer tokenizer) => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["attention_bias"] = false,
        ["attention_dropout"] = 0.0,
        ["bos_token_id"] = null,
        ["dtype"] = "bfloat16",
        ["eos_token_id"] = tokenizer.IdOf(EndOfText),
        ["head_dim"] = recipe.HiddenSize / recipe.Heads,
        ["hidden_act"] = "silu",
        ["hidden_size"] = recipe.HiddenSize,
        ["initializer_range"] = 0.02,
        ["intermediate_size"] = recipe.IntermediateSize,
        ["max_position_embeddings"] = recipe.MaxPositions,
        ["mlp_bias"] = false,
        ["model_type"] = "llama",
        ["num_attention_heads"] = recipe.Heads,
        ["num_hidden_layers"] = recipe.Layers,
        ["num_key_value_heads"] = recipe.KvHeads,
        ["rms_norm_eps"] = 1e-5,
        ["rope_theta"] = 10000.0,
        ["tie_word_embeddings"] = true,
        ["use_cache"] = true,
        ["vocab_size"] = tokenizer.VocabularySize,
    };

    private void Train(DecoderModel model, Tokenizer tokenizer, Stopwatch clock)
    {
        using var gradients = new Gradients(model.Parameters);
        using var optimizer = new AdamW(ParameterGroups.Trainer(model.Parameters.Select(p => (p.Name, p)), recipe.LearningRate, recipe.WeightDecay), beta2: 0.95);
        var schedule = new LearningRateSchedule("cosine", recipe.LearningRate, recipe.WarmupSteps, recipe.Steps);
        var step = new SupervisedStep(model, gradients, optimizer, schedule, recipe.MaxGradNorm);
        int end = tokenizer.IdOf(EndOfText)!.Value;
        var encoder = new SupervisedEncoder(new ChatEncoder(Template.Get("chatml"), tokenizer), recipe.MaxPositions);
        long document = 0, tokens = 0;
        double loss = 0;
        var start = clock.Elapsed;
        for (int s = 1; s <= recipe.Steps; s++)
        {
            var rows = new List<EncodedRow>();
            for (int size = 0; size < recipe.TokensPerStep;)
            {
                rows.Add(Encode(_documents.Write(document++), encoder, tokenizer, end));
                size += rows[^1].Ids.Length;
            }
            Batch batch = Batch.Pack(rows);
            tokens += batch.Tokens;
            loss += step.Run([batch]).Loss;
            if (s % recipe.LogSteps != 0 && s != recipe.Steps) continue;
            int mean = s % recipe.LogSteps == 0 ? recipe.LogSteps : s % recipe.LogSteps;
            double seconds = (clock.Elapsed - start).TotalSeconds;
            Say($"step {s,5}/{recipe.Steps}  loss {loss / mean:F4}  rate {schedule.LearningRate(s - 1):E2}  {tokens / seconds:F0} tokens/s  {seconds:F0} s");
            loss = 0;
        }
    }

    // Prose is learned whole, of a talk only the answers: which question comes cannot be known.
    private static EncodedRow Encode(Document document, SupervisedEncoder encoder, Tokenizer tokenizer, int end)
    {
        if (document.Turns.Length == 0)
        {
            int[] ids = [.. tokenizer.Encode(document.Prose), end];
            return new EncodedRow(ids, ids);
        }
        EncodedRow talk = encoder.Encode(new TrainingRow([.. document.Turns.SelectMany(q => (TrainingMessage[])[new(MessageRole.User, q.Text), new(MessageRole.Assistant, q.Answer)])]));
        return new EncodedRow([.. talk.Ids, end], [.. talk.Labels, end]);
    }

    /// <summary>Writes the folder with all tensors rounded to BF16 and gives back what was written.</summary>
    private DecoderModel Save(DecoderModel model, Tokenizer tokenizer, JsonObject config)
    {
        Directory.CreateDirectory(recipe.OutputDir);
        foreach (Parameter parameter in model.Parameters) parameter.Replace(TensorFiles.Clone(parameter.Value, DType.BF16));
        var writer = new SafetensorsWriter();
        foreach (Parameter parameter in model.Parameters) TensorFiles.Add(writer, parameter.Name, parameter.Value);
        writer.SaveFolder(recipe.OutputDir);
        Write("config.json", config);
        Write("generation_config.json", new JsonObject
        {
            ["eos_token_id"] = new JsonArray(tokenizer.IdOf(EndOfText)!.Value, tokenizer.IdOf(End)!.Value),
            ["pad_token_id"] = tokenizer.IdOf(EndOfText),
        });
        tokenizer.Save(recipe.OutputDir);
        using Checkpoint checkpoint = Checkpoint.Open(recipe.OutputDir);
        return DecoderModel.Load(checkpoint, model.Backend);

        void Write(string name, JsonObject json) => File.WriteAllBytes(Path.Combine(recipe.OutputDir, name), TokenizerFiles.Bytes(json));
    }

    /// <summary>How many questions of each kind the stored model answers word for word, and a few answers.</summary>
    private void Examine(DecoderModel model, Tokenizer tokenizer)
    {
        var chat = new ChatEncoder(Template.Get("chatml"), tokenizer);
        (string Kind, Func<Draw, Question> Ask)[] kinds =
        [
            ("people", d => Questions.AboutPerson(d, d.Of<Person>(_world.People))),
            ("towns", d => Questions.AboutTown(d, _world, d.Of<Town>(_world.Towns))),
            ("sums", Questions.Sum),
            ("numbers", Questions.Numbers),
            ("word problems", d => Questions.WordProblem(d, _world)),
            ("unknown names", Questions.Unknown),
        ];
        foreach ((string kind, Func<Draw, Question> ask) in kinds)
        {
            Question[] questions = [.. Enumerable.Range(0, 50).Select(i => ask(new Draw(recipe.Seed, i, "examination " + kind)))];
            int[][] prompts = [.. questions.Select(q => chat.EncodePrompt([new TrainingMessage(MessageRole.User, q.Text)]))];
            var options = new GenerationOptions { MaxNewTokens = 64, EosTokenIds = [.. chat.StopIds], PadTokenId = chat.Tokens.PadId };
            string[] answers = [.. new Generator(model).Generate(prompts, options).OrderBy(r => r.Prompt).Select(r => tokenizer.Decode(r.Tokens, skipSpecialTokens: true).Trim())];
            Say($"{kind}: {answers.Where((a, i) => a == questions[i].Answer).Count()} of {answers.Length} answered word for word");
            for (int i = 0; i < 2; i++) Say($"  {questions[i].Text} | {answers[i]}");
        }
    }

    private void Say(FormattableString text)
    {
        output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
        output.Flush();
    }
}
