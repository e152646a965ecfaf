namespace Pure.Tuner;

/// <summary>The user asked for something that cannot be done: the message names the place, the setting and the cure. The command line answers with exit code 2.</summary>
public sealed class UsageException : Exception
{
    /// <param name="message">One line per fault: where, what was expected, what to do.</param>
    public UsageException(string message) : base(Sentence.Of(message)) { }

    /// <summary>The fault of a row that the message tells of; null for other messages.</summary>
    internal RowFault? Row { get; init; }

    /// <param name="message">One line per fault: where, what was expected, what to do.</param>
    /// <param name="inner">What found it.</param>
    public UsageException(string message, Exception inner) : base(Sentence.Of(message), inner) { }
}
