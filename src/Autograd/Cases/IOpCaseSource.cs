namespace Pure.Tuner;

/// <summary>Rows for the operator table, brought by a plug-in: its operators are listed, checked and timed with the others.</summary>
public interface IOpCaseSource
{
    /// <summary>The rows; no name may be in the table already.</summary>
    IEnumerable<OpCase> Cases { get; }
}
