using System.Diagnostics;

namespace Cgh.Tests;

/// <summary>Things that can be where a file should be.</summary>
internal static class DamagedFile
{
    public const string Empty = "empty";
    public const string Zeros = "zeros";
    public const string Junk = "junk";
    public const string Huge = "huge";
    public const string Folder = "folder";
    public const string Pipe = "pipe";
    public const string Device = "device";
    public const string DeadLink = "dead link";
    public const string Circle = "circle of links";

    /// <summary>All of them, as far as the system has them.</summary>
    public static IReadOnlyList<string> Kinds { get; } = OperatingSystem.IsWindows()
        ? [Empty, Zeros, Junk, Folder]
        : [Empty, Zeros, Junk, Huge, Folder, Pipe, Device, DeadLink, Circle];

    /// <summary>Puts one in the place of a file, which need not exist.</summary>
    public static void Put(string path, string kind)
    {
        File.Delete(path);
        switch (kind)
        {
            case Empty:
                File.Create(path).Dispose();
                break;
            case Zeros:
                File.WriteAllBytes(path, new byte[10_000]);
                break;
            case Junk:
                File.WriteAllText(path, $"{new string('\u2028', 3)}{new string('=', 5_000)}\n1,2\n\n\"{new string('9', 5_000)}\n");
                break;
            case Huge:
                // A file with holes takes no space on the disk.
                using (var file = File.Create(path))
                {
                    file.SetLength(1L << 40);
                }

                break;
            case Folder:
                Directory.CreateDirectory(path);
                break;
            case Pipe:
                using (var made = Process.Start("mkfifo", [path]))
                {
                    made.WaitForExit();
                }

                break;
            case Device:
                File.CreateSymbolicLink(path, "/dev/zero");
                break;
            case DeadLink:
                File.CreateSymbolicLink(path, path + "-missing");
                break;
            default:
                File.CreateSymbolicLink(path, path);
                break;
        }
    }
}
