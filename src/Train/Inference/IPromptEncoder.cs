namespace Pure.Tuner;

/// <summary>What makes the ids that an answer continues: LLaMA-Factory's template, or the checkpoint's own.</summary>
internal interface IPromptEncoder
{
    /// <summary>Ids that end an answer.</summary>
    IReadOnlyList<int> StopIds { get; }

    /// <summary>The ids of a talk up to where the assistant begins to speak.</summary>
    /// <param name="messages">An odd number: the last is the user's.</param>
    /// <param name="system">The system text; null or empty takes the default.</param>
    int[] EncodePrompt(IReadOnlyList<TrainingMessage> messages, string? system);

    /// <exception cref="UsageException">The template needs tokens that are not in the vocabulary.</exception>
    void RequireVocabulary();

    /// <summary>By a template's name; without one by the checkpoint's chat template.</summary>
    /// <exception cref="UsageException">There is no such template, or the checkpoint has none of its own.</exception>
    static IPromptEncoder For(string? template, LanguageModel model, string? system) =>
        template is null ? new CheckpointPrompts(model.Tokenizer, model.Source, system) : new ChatEncoder(Template.Get(template), model.Tokenizer, system);
}

public sealed partial class ChatEncoder : IPromptEncoder
{
    int[] IPromptEncoder.EncodePrompt(IReadOnlyList<TrainingMessage> messages, string? system) => EncodePrompt(messages, system);

    void IPromptEncoder.RequireVocabulary() => RequireVocabulary();
}
