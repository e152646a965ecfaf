using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>What a chat template is given beside the messages.</summary>
public sealed record ChatTemplateOptions
{
    /// <summary>Descriptions of functions as JSON schemas; null is none.</summary>
    public JsonArray? Tools { get; init; }

    /// <summary>Documents to answer from; null is none.</summary>
    public JsonArray? Documents { get; init; }

    /// <summary>Whether the text ends where an answer begins.</summary>
    public bool AddGenerationPrompt { get; init; }

    /// <summary>Whether the text ends right behind the last message, so that the model goes on with it.</summary>
    public bool ContinueFinalMessage { get; init; }

    /// <summary>More variables, such as enable_thinking; they win over all others.</summary>
    public JsonObject? Variables { get; init; }

    /// <summary>The time that strftime_now tells; null is the clock.</summary>
    public DateTime? Now { get; init; }
}

/// <summary>A rendered conversation.</summary>
/// <param name="Text">The text to encode, without further special tokens.</param>
/// <param name="Generation">Where the template marks the assistant's words (generation blocks): start and end in UTF-16 units.</param>
public sealed record RenderedChat(string Text, IReadOnlyList<(int Start, int End)> Generation);
