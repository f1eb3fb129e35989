using Cgh.Core;

namespace Cgh.DataPrep.Sources.Archives;

/// <summary>An archive, or a file in one, that is damaged or refused.</summary>
/// <param name="reason">A clause that follows the name of the file, without a full stop, such as <c>is truncated</c>.</param>
internal sealed class ArchiveException(string reason) : IOException(UserText.Shortened(reason, MaxLength))
{
    // Names from archives can be long and contain anything.
    private const int MaxLength = 500;

    /// <summary>Whether the content is damaged or incomplete, so that another copy of the file may help.</summary>
    public bool IsDamage { get; private init; }

    /// <summary>The content is damaged or incomplete.</summary>
    /// <inheritdoc cref="ArchiveException(string)" />
    public static ArchiveException Damaged(string reason) => new(reason) { IsDamage = true };

    /// <summary>What is wrong with a file inside the archive.</summary>
    public static ArchiveException In(string name, ArchiveException error) => new($"contains {name}, which {error.Message}") { IsDamage = error.IsDamage };
}
