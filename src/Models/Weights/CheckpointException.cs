namespace Pure.Tuner;

/// <summary>A file of a checkpoint, weights, configuration or tokenizer, is missing, damaged or of a kind that cannot be read; the message is one sentence naming file and tensor.</summary>
/// <param name="message">What is wrong, where, and what to do.</param>
/// <param name="inner">What the operating system or the JSON reader said, if anything.</param>
public sealed class CheckpointException(string message, Exception? inner = null) : IOException(Sentence.Of(message), inner);
