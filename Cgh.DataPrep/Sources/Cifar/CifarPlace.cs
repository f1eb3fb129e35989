using Cgh.Core;

namespace Cgh.DataPrep.Sources.Cifar;

/// <summary>Where a set lies: a folder, or an archive as downloaded.</summary>
internal sealed record CifarPlace(string Path, CifarLayout Layout)
{
    private const byte PickleStart = 0x80;

    /// <summary>Whether a path is one, or a folder that holds some.</summary>
    public static bool IsOne(string path) => Candidates(path).Any();

    /// <summary>Finds the set at a path.</summary>
    /// <exception cref="UserErrorException">The folder holds both CIFAR-10 and CIFAR-100.</exception>
    public static CifarPlace Find(string path)
    {
        var found = Candidates(path).ToList();
        return found.Select(place => place.Layout.Set).Distinct().Count() == 1
            ? found[0]
            : throw new UserErrorException(
                $"{path} holds {UserText.Join([.. found.Select(place => System.IO.Path.GetFileName(place.Path))])}. Give the one to use.");
    }

    private static IEnumerable<CifarPlace> Candidates(string path)
    {
        if (File.Exists(path))
        {
            return CifarArchive.LayoutOf(path) is { } layout ? [new CifarPlace(path, layout)] : [];
        }

        var direct = CifarLayout.All.Where(layout => HoldsFiles(path, layout)).Select(layout => new CifarPlace(path, layout)).ToList();
        return direct.Count > 0 ? direct : CifarLayout.All.SelectMany(layout => Below(path, layout));
    }

    private static IEnumerable<CifarPlace> Below(string path, CifarLayout layout)
    {
        var folder = System.IO.Path.Combine(path, layout.Folder);
        if (HoldsFiles(folder, layout))
        {
            yield return new CifarPlace(folder, layout);
        }

        var archive = System.IO.Path.Combine(path, layout.Archive);
        if (File.Exists(archive))
        {
            yield return new CifarPlace(archive, layout);
        }
    }

    // CIFAR-100's files have such common names that their content must agree.
    private static bool HoldsFiles(string folder, CifarLayout layout)
    {
        var first = System.IO.Path.Combine(folder, layout.Train[0]);
        return File.Exists(first) && (layout.Train.Count > 1 || !layout.IsPickle || StartsLikeAPickle(first));
    }

    private static bool StartsLikeAPickle(string path)
    {
        try
        {
            using var stream = ImageFile.Open(path);
            return stream.ReadByte() == PickleStart;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
