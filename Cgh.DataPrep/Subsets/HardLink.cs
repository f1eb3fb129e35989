using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Cgh.DataPrep.Subsets;

/// <summary>Creates hard links, which .NET has no method for.</summary>
internal static partial class HardLink
{
    // EXDEV and ERROR_NOT_SAME_DEVICE.
    private const int CrossDeviceUnix = 18;
    private const int CrossDeviceWindows = 17;

    /// <summary>Creates a second name for a file.</summary>
    /// <param name="file">The file. Of a symbolic link, the target is linked.</param>
    /// <param name="link">The new name.</param>
    /// <exception cref="CrossDeviceException">The two are on different file systems.</exception>
    /// <exception cref="IOException">The link cannot be created for another reason.</exception>
    public static void Create(string file, string link)
    {
        file = File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file;
        var isCreated = OperatingSystem.IsWindows() ? CreateOnWindows(link, file, 0) : CreateOnUnix(file, link) == 0;
        if (isCreated)
        {
            return;
        }

        var error = Marshal.GetLastPInvokeError();
        throw error == (OperatingSystem.IsWindows() ? CrossDeviceWindows : CrossDeviceUnix)
            ? new CrossDeviceException()
            : new IOException($"{new Win32Exception(error).Message}: '{file}'.");
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateOnUnix(string file, string link);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateOnWindows(string link, string file, nint securityAttributes);
}

/// <summary>A hard link and its file would be on different file systems.</summary>
internal sealed class CrossDeviceException() : IOException("The files are on different file systems.");
