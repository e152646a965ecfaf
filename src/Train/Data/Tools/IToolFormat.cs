namespace Pure.Tuner;

/// <summary>How one family of models is told of tools, and how it writes its calls.</summary>
internal interface IToolFormat
{
    /// <summary>The name, as in a recipe's tool_format.</summary>
    string Name { get; }

    /// <summary>Text that follows the system text.</summary>
    /// <param name="tools">One mapping for each tool, at least one.</param>
    /// <param name="now">The clock, for formats that tell the date.</param>
    /// <exception cref="UsageException">A tool lacks what the format needs.</exception>
    string Tools(IReadOnlyList<JsonMap> tools, DateTimeOffset now);

    /// <summary>What the assistant says to call tools.</summary>
    /// <exception cref="UsageException">The format cannot say these calls.</exception>
    string Calls(IReadOnlyList<ToolCall> calls);

    /// <summary>The calls in a model's words; null where there are none and the words are the answer.</summary>
    /// <exception cref="UsageException">JSON that is no call where only a call may stand.</exception>
    IReadOnlyList<ToolCall>? Extract(string content);
}
