namespace Pure.Tuner;

/// <summary>A Jinja template that cannot be read or rendered: the message says what is wrong and in which line of the template.</summary>
public sealed class JinjaException : Exception
{
    /// <param name="message">What is wrong, as Python's Jinja words it where that is clear.</param>
    /// <param name="line">The template's line, counted from 1; 0 where none is to blame.</param>
    public JinjaException(string message, int line = 0) : base(Sentence.Of(line > 0 ? $"line {line}: {message}" : message)) => Line = line;

    /// <summary>The template's line, counted from 1; 0 where none is to blame.</summary>
    public int Line { get; }
}
