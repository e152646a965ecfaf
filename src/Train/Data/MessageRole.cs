namespace Pure.Tuner;

/// <summary>Who says something in a row of training data.</summary>
public enum MessageRole
{
    /// <summary>The user.</summary>
    User,
    /// <summary>The model.</summary>
    Assistant,
    /// <summary>The result of a tool, read by the model like a user's words.</summary>
    Observation,
    /// <summary>A call of a tool, said by the model: JSON with a name and arguments, or a list of such.</summary>
    Function,
}
