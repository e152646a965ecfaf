namespace Pure.Tuner;

/// <summary>The encoder that a recipe's stage and options ask for.</summary>
internal static class RowEncoders
{
    /// <summary>The encoder of turns: the recipe's template, or none.</summary>
    public static ChatEncoder Chat(Recipe recipe, ITokenSource source) =>
        new(Template.For(recipe.Template, source).WithToolFormat(recipe.ToolFormat), source, recipe.DefaultSystem, recipe.EnableThinking, recipe.PreserveThinking);

    /// <summary>Rows to learn from, and rows to measure the loss on.</summary>
    public static IRowEncoder For(Recipe recipe, ChatEncoder chat)
    {
        int cutoff = recipe.ResolvedCutoffLen;
        if (recipe.Stage == "pt") return new PretrainEncoder(chat, cutoff, recipe.ResolvedPacking);
        var rows = new SupervisedEncoder(chat, cutoff, recipe.TrainOnPrompt, recipe.MaskHistory);
        return recipe.ResolvedPacking ? new PackedSupervisedEncoder(rows, cutoff, recipe.NeatPacking) : rows;
    }

    /// <inheritdoc cref="For(Recipe, ChatEncoder)"/>
    public static IRowEncoder For(Recipe recipe, ITokenSource source) => For(recipe, Chat(recipe, source));

    /// <inheritdoc cref="For(Recipe, ChatEncoder)"/>
    public static IRowEncoder For(Recipe recipe, Tokenizer tokenizer) => For(recipe, new TokenizerSource(tokenizer));

    /// <summary>Rows to answer: <c>predict_with_generate</c>.</summary>
    public static IRowEncoder ForPrediction(Recipe recipe, ChatEncoder chat) => new PromptEncoder(chat, recipe.ResolvedCutoffLen);

    /// <summary>Refuses a vocabulary that lacks words which the rows of this stage hold.</summary>
    /// <exception cref="UsageException">Words are missing.</exception>
    public static void RequireVocabulary(Recipe recipe, ChatEncoder chat)
    {
        // Plain texts have no turns: of the template only the end of a text is written.
        if (recipe.Stage != "pt") chat.RequireVocabulary();
        else if (chat.Tokens.EosId is { } eos && chat.Tokens.NewTokens.Values.Contains(eos))
            throw new UsageException($"stage: 'pt' ends each text with {chat.Tokens.TokenOf(eos)}, which the vocabulary lacks; name eos_token in the checkpoint's tokenizer_config.json, or choose another template");
    }
}
