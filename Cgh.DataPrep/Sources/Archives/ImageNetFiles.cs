using System.Text.RegularExpressions;
using Cgh.Core;

namespace Cgh.DataPrep.Sources.Archives;

/// <summary>The three archives of ILSVRC2012, found by their names, or by what they hold if they have been renamed.</summary>
internal sealed partial record ImageNetFiles(string Train, string Val, string Devkit)
{
    private const string TrainName = "ILSVRC2012_img_train.tar";
    private const string ValName = "ILSVRC2012_img_val.tar";

    // For renamed archives; a folder of shards can have thousands.
    private const int MaxCandidates = 50;

    private static readonly string[] s_devkitNames = ["ILSVRC2012_devkit_t12.tar.gz", "ILSVRC2012_devkit_t12.tar", "ILSVRC2012_devkit_t3.tar.gz"];

    private enum Role
    {
        None,
        Train,
        Val,
    }

    /// <summary>Whether a path is a folder with the archives, or one of them.</summary>
    public static bool Recognizes(string path)
    {
        if (File.Exists(path))
        {
            return RoleOf(path) != Role.None;
        }

        var (hasTrain, hasVal) = (File.Exists(Path.Combine(path, TrainName)), File.Exists(Path.Combine(path, ValName)));

        // Whoever has unpacked some of them means what is complete.
        var isUnpacked = Directory.Exists(Path.Combine(path, "train")) && Directory.Exists(Path.Combine(path, "val"));
        return isUnpacked ? hasTrain && hasVal && FindDevkit(path) is not null : hasTrain || hasVal;
    }

    /// <exception cref="UserErrorException">An archive is missing.</exception>
    public static ImageNetFiles Find(string path)
    {
        var isFolder = Directory.Exists(path);
        var folder = isFolder ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var role = isFolder ? Role.None : RoleOf(path);
        return new ImageNetFiles(
            (role == Role.Train ? path : FindTar(folder, TrainName, Role.Train)) ?? throw Missing(folder, TrainName, "the training images", "138 GB"),
            (role == Role.Val ? path : FindTar(folder, ValName, Role.Val)) ?? throw Missing(folder, ValName, "the validation images", "6.3 GB"),
            FindDevkit(folder) ?? throw Missing(folder, s_devkitNames[0], "the labels of the validation images", "2.5 MB"));
    }

    private static UserErrorException Missing(string folder, string name, string content, string size) => new(
        $"{folder} holds no {name} ({content}, {size}). "
                + "Download it from https://image-net.org/download (ILSVRC2012, free after registration) into this folder.");

    private static string? FindDevkit(string folder) => s_devkitNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static string? FindTar(string folder, string name, Role role) => Path.Combine(folder, name) is var usual && File.Exists(usual)
        ? usual
        : Directory.EnumerateFiles(folder, "*.tar").Order(StringComparer.Ordinal).Take(MaxCandidates).FirstOrDefault(path => RoleOf(path) == role);

    private static Role RoleOf(string path)
    {
        var name = Path.GetFileName(path);
        if (name is TrainName or ValName)
        {
            return name == TrainName ? Role.Train : Role.Val;
        }

        if (!name.EndsWith(".tar", StringComparison.OrdinalIgnoreCase))
        {
            return Role.None;
        }

        try
        {
            using var archive = ArchiveFile.Open(path);
            using var content = archive.OpenContent();
            var first = new TarWalker(content).Next()?.Path ?? "";
            return InnerTar().IsMatch(first) ? Role.Train : ValImage().IsMatch(first) ? Role.Val : Role.None;
        }
        catch (Exception error) when (FileFault.IsOfTheFile(error))
        {
            // Whatever opens it says what is wrong.
            return Role.None;
        }
    }

    [GeneratedRegex(@"^n\d{8}\.tar$")]
    private static partial Regex InnerTar();

    [GeneratedRegex(@"^ILSVRC2012_val_\d{8}\.JPEG$")]
    private static partial Regex ValImage();
}
