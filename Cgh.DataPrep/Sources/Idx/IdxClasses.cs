using System.Globalization;
using System.Security.Cryptography;
using Cgh.Core;

namespace Cgh.DataPrep.Sources.Idx;

/// <summary>The classes of an idx set, whose labels are numbers.</summary>
/// <param name="Names">Names of the classes.</param>
/// <param name="First">Label of the first class: 0, or 1 as in EMNIST's letters.</param>
/// <param name="From">Where the labels come from.</param>
internal sealed record IdxClasses(IReadOnlyList<string> Names, int First, string From)
{
    // SHA-256 of Fashion-MNIST's 60,000 training labels, without the header. Its files have the names of MNIST's.
    private const string FashionMnist = "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7";

    private static readonly string[] s_fashionMnist =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// <summary>Finds the classes from the training labels: every number from the first to the last.</summary>
    /// <exception cref="UserErrorException">There is a gap, as after a damaged label.</exception>
    public static IdxClasses Of(string path, ReadOnlySpan<byte> labels)
    {
        if (Convert.ToHexStringLower(SHA256.HashData(labels)) == FashionMnist)
        {
            return new IdxClasses(s_fashionMnist, 0, "the idx files of labels, with the names of Fashion-MNIST");
        }

        var counts = new int[256];
        foreach (var label in labels)
        {
            counts[label]++;
        }

        var first = counts[0] > 0 ? 0 : 1;
        var last = Array.FindLastIndex(counts, count => count > 0);
        var gap = Array.FindIndex(counts, first, last + 1 - first, count => count == 0);
        var numbers = Enumerable.Range(first, last + 1 - first).Select(label => label.ToString(CultureInfo.InvariantCulture));
        return gap < 0
            ? new IdxClasses([.. numbers], first, "the idx files of labels")
            : throw new UserErrorException(
                $"{path}: label {last} of item {labels.IndexOf((byte)last)} is out of range, since no item has label {gap}. "
                + "Labels count from 0 or 1 without gaps.");
    }

    /// <summary>Returns the class of a label.</summary>
    /// <exception cref="UserErrorException">No training image has the label.</exception>
    public int ClassOf(string path, int item, byte label) => label - First is >= 0 and var index && index < Names.Count
        ? index
        : throw new UserErrorException(
            $"{path}: label {label} of item {item} is out of range: the training labels go from {First} to {First + Names.Count - 1}.");
}
